#!/bin/bash
# api.sh - how much the API bears, and whether sound suffers from it.
#
#   tests/bench/api.sh [--quick] [--rooms N] [--legs N] [--seconds S] [--subscribers N] [--keep] [CASE...]
#
# Cases: gets (wrk reads rooms, picked at random among 1000: alone, then while 200 PCMU legs talk)
# lists (a page of 50 rooms)  events (1000 subscribers, changes of one room: how long until all have
# it, alone and while the legs talk). Default: all. Needs wrk (Debian) and Node.js. The server's own
# CPU is what counts: "a second and core" is requests by seconds of its CPU. README.md says how to
# read the rest.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"
# shellcheck source=tests/bench/figures.sh
. "$(dirname "$0")/figures.sh"

rooms=1000 legs=200 seconds=10 subscribers=1000 connections=32
cases=()
talk='' # bench-load, while it talks

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --quick) seconds=3 ;;
        --keep) keep=1 ;;
        --rooms) rooms=${2:?} && shift ;;
        --legs) legs=${2:?} && shift ;;
        --seconds) seconds=${2:?} && shift ;;
        --subscribers) subscribers=${2:?} && shift ;;
        gets | lists | events) cases+=("$1") ;;
        *)
            echo "api.sh: $1: see the first lines of this file" >&2
            exit 1
            ;;
        esac
        shift
    done
    [ ${#cases[@]} -gt 0 ] || cases=(gets lists events)
}

make_rooms() {
    local i
    for ((i = 0; i < rooms; i++)); do
        [ "$i" = 0 ] || echo next
        printf 'url = "http://127.0.0.1:%s/api/v1/rooms"\nheader = "Authorization: Bearer %s"\n' "$api_port" "$token"
        printf 'header = "Content-Type: application/json"\ndata = "{\\"name\\":\\"room%d\\"}"\noutput = "/dev/null"\n' "$i"
    done >"$work/rooms"
    curl -sS --fail -K "$work/rooms" || die "the rooms could not be made"
}

begin_talk() { # SECONDS
    lateness >"$work/late.before"
    "$build/bench-load" --server "$address:$sip_port" --legs "$legs" --rooms 1 --codec pcmu --talkers 5 \
        --seconds "$1" >"$work/talk" &
    talk=$!
    sleep $((legs / 100 + 2)) # until they are in
    lateness >"$work/late.before"
}

end_talk() {
    lateness >"$work/late.after"
    wait "$talk" || echo "  bench-load: not every call went well" >&2
    paste "$work/late.before" "$work/late.after" | awk '{ print $1, $4 - $2 }' >"$work/late"
    echo "    $legs legs: lost $(field "$work/talk" lost), worst gap $(field "$work/talk" worst_gap_ms) ms," \
        "tick lateness p50/p99/p99.9 [ms] $(print_lateness)"
}

ask_with_wrk() { # NAME LUA
    local before after
    before=$(cpu_ticks "$server")
    wrk -t 1 -c "$connections" -d "${seconds}s" --latency -s "$2" "http://127.0.0.1:$api_port" >"$work/wrk" ||
        die "wrk failed"
    after=$(cpu_ticks "$server")
    awk -v name="$1" -v cpu="$((after - before))" '
        /requests in/ { count = $1 }
        /Requests\/sec/ { rate = $2 }
        /Non-2xx/ { refused = $NF }
        $1 == "50%" { p50 = $2 }
        $1 == "99%" { p99 = $2 }
        END {
            printf "  %-28s %8.0f a second, %8.0f a second and core, p50 %s, p99 %s, refused %d\n", \
                name, rate, count / (cpu / 100), p50, p99, refused
        }' "$work/wrk"
}

write_lua() { # FILE EXPRESSION: a path in Lua
    cat >"$1" <<END
local path = function() return $2 end
request = function() return wrk.format("GET", path(), {["Authorization"] = "Bearer $token"}) end
END
}

gets() {
    echo "gets: $rooms rooms, $connections connections"
    write_lua "$work/gets.lua" "'/api/v1/rooms/room' .. math.random(0, $((rooms - 1)))"
    ask_with_wrk "alone" "$work/gets.lua"
    begin_talk $((seconds + 2))
    ask_with_wrk "while $legs legs talk" "$work/gets.lua"
    end_talk
}

lists() {
    echo "lists: 50 of $rooms rooms"
    write_lua "$work/lists.lua" "'/api/v1/rooms?limit=50&after=room' .. math.random(0, $((rooms - 1)))"
    ask_with_wrk "alone" "$work/lists.lua"
}

subscribe() { # NAME
    echo "  $1: $(node "$root/tests/bench/api_events.mjs" "http://127.0.0.1:$api_port" "$token" room1 "$subscribers" "$seconds")"
}

events() {
    echo "events: $subscribers subscribers, a change of one room ten times a second"
    subscribe "alone"
    begin_talk $((seconds + 4))
    subscribe "while $legs legs talk"
    end_talk
}

main() {
    local name
    read_options "$@"
    command -v wrk >/dev/null || { echo "api.sh: wrk is missing (apt-get install wrk)" >&2; exit 1; }
    bench_begin api.sh
    [ -x "$build/bench-load" ] || die "$build/bench-load is not built"
    ulimit -n $((subscribers * 5 + 1000)) 2>/dev/null
    bench_start_server --set rooms.max_rooms=$((rooms + 10)) --set rooms.max_participants=2000 \
        --set "api.max_connections=$((subscribers * 4 + 200))" --set api.rate_per_source=0
    make_rooms
    for name in "${cases[@]}"; do "$name"; done
    bench_stop_server
}

main "$@"
