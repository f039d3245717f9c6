#!/bin/bash
# files.sh - a large file up and down, ours beside nginx's, in the same run; while callers talk.
#
#   tests/bench/files.sh [--mib N] [--rounds R] [--legs N] [--keep]
#
# By curl over the loopback, in turns: PUT into nginx (its dav module, one worker), POST to ours,
# GET from both. Ours hashes what comes, beside, finds its type, and answers then; neither waits for the disk.
# Memory is the server's own peak, above what it had before; late ticks are those of the callers' mix
# meanwhile. Needs nginx (Debian). README.md says how to read it.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"

mib=1024 rounds=3 legs=20
nginx_port=$((4000 + RANDOM % 1900))

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --mib) mib=${2:?} && shift ;;
        --rounds) rounds=${2:?} && shift ;;
        --legs) legs=${2:?} && shift ;;
        --keep) keep=1 ;;
        *)
            echo "files.sh: $1: see the first lines of this file" >&2
            exit 1
            ;;
        esac
        shift
    done
}

start_nginx() {
    command -v nginx >/dev/null || die "nginx is not installed"
    mkdir -p "$work/nginx/www"
    chmod 777 "$work" "$work/nginx" "$work/nginx/www"
    cat >"$work/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events {}
http {
    access_log off;
    sendfile on;
    client_max_body_size 0;
    client_body_temp_path $work/nginx/body;
    server {
        listen 127.0.0.1:$nginx_port;
        root $work/nginx/www;
        dav_methods PUT DELETE;
    }
}
END
    nginx -c "$work/nginx.conf" -p "$work/nginx" -e "$work/nginx/error.log" &
    for _ in $(seq 50); do
        curl -s -o /dev/null "http://127.0.0.1:$nginx_port/" && return
        sleep 0.1
    done
    die "nginx does not start"
}

seconds_of() { # CURL ARGUMENT...: how long it took; dies if it failed
    curl -sS --fail -o "$work/answer" -w '%{time_total}\n' "$@" || die "curl failed: $*"
}

round() {
    local nginx=http://127.0.0.1:$nginx_port/file ours=http://127.0.0.1:$api_port/api/v1/rooms/files/files
    local up_nginx up_ours down_nginx down_ours id
    up_nginx=$(seconds_of -T "$work/file" "$nginx")
    up_ours=$(seconds_of -X POST -T "$work/file" -H "Authorization: Bearer $token" "$ours?name=file")
    id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$work/answer")
    down_nginx=$(curl -sS --fail -o /dev/null -w '%{time_total}\n' "$nginx")
    down_ours=$(curl -sS --fail -o /dev/null -w '%{time_total}\n' -H "Authorization: Bearer $token" "$ours/$id/content")
    curl -sS -X DELETE "$nginx"
    curl -sS -X DELETE -H "Authorization: Bearer $token" "$ours/$id"
    echo "$up_nginx $up_ours $down_nginx $down_ours" >>"$work/times"
}

median() { # COLUMN
    cut -d' ' -f"$1" "$work/times" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

memory_kib() { # VmRSS | VmHWM
    awk -v name="$1:" '$1 == name { print $2 }' "/proc/$server/status"
}

late_ticks() {
    bench_api /metrics | awk '$1 == "raduno_media_ticks_late_total" { print $2 }'
}

report() { # NAME COLUMN-OF-NGINX COLUMN-OF-OURS
    awk -v name="$1" -v mib="$mib" -v nginx="$(median "$2")" -v ours="$(median "$3")" \
        'BEGIN { printf "%-9s nginx %6.0f MiB/s   ours %6.0f MiB/s   ours/nginx %.2f\n", name, mib / nginx, mib / ours, nginx / ours }'
}

read_options "$@"
bench_begin files.sh
[ -x "$build/bench-load" ] || die "$build/bench-load is not built"
head -c "${mib}M" /dev/urandom >"$work/file" || die "no space for a file of $mib MiB"
start_nginx
bench_start_server --set files.max_mib="$mib" --set "files.room_quota_mib=$((2 * mib))"
bench_api /api/v1/rooms -o /dev/null -H 'Content-Type: application/json' -d '{"name": "files"}'
"$build/bench-load" --server "$address:$sip_port" --legs "$legs" --codec pcmu --talkers 3 \
    --seconds 3600 >/dev/null 2>&1 &
sleep 3 # until they are in
before_kib=$(memory_kib VmRSS)
late=$(late_ticks)
for _ in $(seq "$rounds"); do
    round
done
late=$(($(late_ticks) - late))
report upload 1 2
report download 3 4
echo "memory    $((($(memory_kib VmHWM) - before_kib) / 1024)) MiB more at its peak; late ticks $late, with $legs callers"
