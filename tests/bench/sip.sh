#!/bin/bash
# sip.sh - what registrations, calls by a trunk, and messages cost.
#
#   tests/bench/sip.sh [--phones N] [--rates "R ..."] [--calls "R ..."] [--rounds N] [--seconds N] [--keep]
#
# N accounts (10000) whose phones register for the first time, as fast as one SIPp can; then all of
# them again and again at each of R registrations a second (167, as if each did every minute, 500,
# 1000). Each is two requests: one that is asked for a password, one that shows it. Printed: the
# server's processor time for each registration, how many failed (and why: answered otherwise than with
# 200, or not within 32 s), how many requests were sent again, and its memory.
# Then calls by a trunk, at each of R calls a second (50, 100, 200), N rounds (3): the number is looked
# up, the room entered, and left at once. Then lines of the chat to 500 phones (messages.mjs). No phones
# (0), no registrations. RADUNO_BIN is the server to measure. Ends by itself, and ends only what it started.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"
# shellcheck source=tests/bench/figures.sh
. "$(dirname "$0")/figures.sh"

phones=10000 rates='167 500 1000' calls='50 100 200' rounds=3 seconds=20 password=correct-horse

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --keep) keep=1 ;;
        --phones) phones=${2:?} && shift ;;
        --calls) calls=${2:?} && shift ;;
        --rounds) rounds=${2:?} && shift ;;
        --rates) rates=${2:?} && shift ;;
        --seconds) seconds=${2:?} && shift ;;
        *)
            echo "sip.sh: $1: see the first lines of this file" >&2
            exit 1
            ;;
        esac
        shift
    done
}

make_accounts() {
    local config=$work/accounts.curl i
    echo SEQUENTIAL >"$work/users.csv"
    for i in $(seq "$phones"); do
        echo "u$i;[authentication username=u$i password=$password]" >>"$work/users.csv"
        printf 'url = "http://127.0.0.1:%s/api/v1/accounts"\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\ndata = "{\\"name\\": \\"u%s\\", \\"password\\": \\"%s\\"}"\noutput = /dev/null\nnext\n' \
            "$api_port" "$token" "$i" "$password" >>"$config"
    done
    sed -i '$ d' "$config" # the last "next"
    curl -sS --no-progress-meter --parallel --parallel-max 8 -K "$config" || die "the accounts could not be made"
}

counted() { # NAME: of the last line of SIPp's statistics
    awk -F ';' -v name="$1(C)" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } END { print $at }' "$work/sipp.csv"
}

register() { # COUNT RATE: prints us of processor per registration, and how many failed
    local before after begin end
    begin=$(date +%s%N)
    before=$(cpu_ticks "$server")
    sipp "$address:$sip_port" -sf "$root/tests/bench/register.xml" -inf "$work/users.csv" -m "$1" -r "$2" -l 10000 -buff_size 4194304 \
        -i "$address" -p $((sip_port + 4000)) -nostdin -trace_stat -stf "$work/sipp.csv" -fd 1 -recv_timeout 32000 \
        >"$work/sipp.log" 2>&1
    end=$(date +%s%N)
    after=$(cpu_ticks "$server")
    printf '%6s asked for a second: %6.0f done, %5.0f us of processor each, %s failed (%s answered, %s not), %s sent again, %s registered, RSS %s KiB\n' "$2" \
        "$(calc "$1 * 1e9 / ($end - $begin)" %.0f)" "$(calc "($after - $before) * 10000 / $1" %.0f)" \
        "$(counted FailedCall)" "$(counted FailedUnexpectedMessage)" "$(counted FailedTimeoutOnRecv)" \
        "$(counted Retransmissions)" "$(bench_api /metrics | sed -n 's/^raduno_sip_registrations \([0-9]*\)$/\1/p')" "$(rss_kib "$server")"
}

measure_registrations() {
    local rate
    [ "$phones" -gt 0 ] || return 0
    bench_start_server --set sip.auth_algorithms=md5 --set sip.max_contacts=1 --set sip.register_max_s=86400
    make_accounts
    register "$phones" 10000
    for rate in $rates; do
        register $((rate * seconds)) "$rate"
    done
    bench_stop_server
}

post() { # PATH JSON
    bench_api "/api/v1$1" --fail -o "$work/answer" -H 'Content-Type: application/json' -d "$2" || die "$1 is refused"
}

call_by_trunk() { # RATE: prints how many a second, us of processor per call, and how many failed
    local before after begin end count=$(($1 * seconds))
    begin=$(date +%s%N)
    before=$(cpu_ticks "$server")
    sipp "$address:$sip_port" -sn uac -s 03012345 -m "$count" -r "$1" -l 10000 -d 0 -buff_size 4194304 \
        -i "$address" -p $((sip_port + 4000)) -nostdin -trace_stat -stf "$work/sipp.csv" -fd 1 -recv_timeout 32000 \
        >"$work/sipp.log" 2>&1
    end=$(date +%s%N)
    after=$(cpu_ticks "$server")
    printf '%6s calls by a trunk asked for a second: %6.0f done, %5.0f us of processor each, %s failed, %s sent again, RSS %s KiB\n' "$1" \
        "$(calc "$(counted SuccessfulCall) * 1e9 / ($end - $begin)" %.0f)" "$(calc "($after - $before) * 10000 / $count" %.0f)" \
        "$(counted FailedCall)" "$(counted Retransmissions)" "$(rss_kib "$server")"
}

measure_trunk() {
    local rate
    bench_start_server --set sip.authenticate=invites
    post /rooms '{"name": "board", "join_tone": "none"}'
    post /trunks '{"name": "line", "networks": ["127.0.0.1"], "in_rules": ["0|Z. -> +49$"]}'
    post /numbers '{"number": "+493012345", "leads_to": "room", "target": "board"}'
    for _ in $(seq "$rounds"); do
        for rate in $calls; do
            call_by_trunk "$rate"
        done
    done
    bench_stop_server
}

read_options "$@"
command -v sipp >/dev/null || die "needs sipp (Debian: sip-tester)"
bench_begin sip.sh
measure_registrations
measure_trunk
RADUNO_BIN=$RADUNO_BIN node "$root/tests/bench/messages.mjs"
