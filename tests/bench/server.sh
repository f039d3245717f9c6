# shellcheck shell=bash
# server.sh - a server for one measurement, to be sourced: on free ports, in a directory of its own.
#
#   bench_begin NAME             makes $work, removed at the end together with all that was started
#   bench_namespaces             optional, root: server and callers in two network namespaces
#   bench_start_server ARG...    starts $RADUNO_BIN (default build/raduno); sets $server (its pid),
#                                $address, $sip_port, $api_port
#   bench_api PATH [CURL ARG..]  asks it         bench_stop_server
#   "${in_callers[@]}" PROGRAM   runs a caller's program where the callers are
#
# Only what was started here is ended. $keep, if not empty, leaves $work behind.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
RADUNO_BIN=${RADUNO_BIN:-$build/raduno}
address=127.0.0.1 server='' work='' keep='' namespaces=''
in_server=()
# shellcheck disable=SC2034 # used by those who source this
in_callers=()
token=bench-$RANDOM$RANDOM$RANDOM$RANDOM

die() {
    echo "$bench_name: $*" >&2
    exit 1
}

end_process() { # PID: TERM, then KILL after 10 s
    [ -n "$1" ] || return 0
    kill "$1" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    return 0
}

bench_clean_up() {
    local job
    for job in $(jobs -p); do
        [ "$job" = "$server" ] || end_process "$job"
    done
    end_process "$server"
    [ -z "$namespaces" ] || { ip netns del "$namespaces-s"; ip netns del "$namespaces-c"; } 2>/dev/null
    [ -n "$work" ] || return 0
    if [ -n "$keep" ]; then echo "kept: $work" >&2; else rm -rf "$work"; fi
}

bench_begin() { # NAME
    bench_name=$1
    work=$(mktemp -d) || exit 1
    trap bench_clean_up EXIT
    trap 'exit 130' INT TERM
    [ -x "$RADUNO_BIN" ] || die "$RADUNO_BIN is not built"
}

bench_namespaces() { # a veth pair between two namespaces, 10.213.0.0/30
    namespaces=raduno-$$
    { ip netns add "$namespaces-s" && ip netns add "$namespaces-c" &&
        ip link add "rs$$" netns "$namespaces-s" type veth peer name "rc$$" netns "$namespaces-c" &&
        ip -n "$namespaces-s" addr add 10.213.0.1/30 dev "rs$$" &&
        ip -n "$namespaces-c" addr add 10.213.0.2/30 dev "rc$$" &&
        ip -n "$namespaces-s" link set "rs$$" up && ip -n "$namespaces-s" link set lo up &&
        ip -n "$namespaces-c" link set "rc$$" up && ip -n "$namespaces-c" link set lo up; } ||
        die "no network namespaces here: they need root"
    address=10.213.0.1
    in_server=(ip netns exec "$namespaces-s")
    # shellcheck disable=SC2034
    in_callers=(ip netns exec "$namespaces-c")
}

bench_api() { # PATH [CURL ARGUMENT...]
    local path=$1
    shift
    "${in_server[@]}" curl -sS -m 10 -H "Authorization: Bearer $token" "$@" \
        "http://127.0.0.1:$api_port$path"
}

try_server() { # one attempt, on ports picked at random below the kernel's own
    sip_port=$((2000 + RANDOM % 4000)) api_port=$((6000 + RANDOM % 3900))
    local first=$((10000 + RANDOM % 6000 * 2))
    rm -rf "$work/data"
    "${in_server[@]}" "$RADUNO_BIN" --config "$root/conf/raduno.json" \
        --set "sip.listen=udp:$address:$sip_port" --set "api.listen=127.0.0.1:$api_port" \
        --set "data.directory=$work/data" --set "api.admin_token=$token" \
        --set media.browser_port=0 --set "media.address=$address" --set "media.ports=$first-$((first + 9999))" \
        --set sip.rate_per_source=0 --set sip.max_calls=20000 "$@" >"$work/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        bench_api /ready -f -m 1 -o /dev/null 2>/dev/null && return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

bench_start_server() { # ARGUMENT...: more of the server's own
    for _ in 1 2 3; do
        try_server "$@" && return
        bench_stop_server
    done
    tail -5 "$work/server.log" >&2
    die "the server does not start"
}

bench_stop_server() {
    end_process "$server"
    server=''
}
