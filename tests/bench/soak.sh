#!/bin/bash
# soak.sh - does the server grow, or lose anything, while people come and go for long?
#
#   tests/bench/soak.sh [--minutes N] [--standing N] [--calls-per-second N] [--codec NAME] [--keep]
#
# A room of 50 callers who stay and talk (--standing), and 5 calls a second (--calls-per-second)
# that join that room and four others for half a second each, with the tones of coming and going.
# Every 10 s memory and descriptors are printed; at the end, how they grew per minute in the second half (the heap takes
# ten minutes to find its size), what was lost, and how late the ticks were. RADUNO_BIN is the server to soak. Ends by
# itself, and ends only what it started.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"
# shellcheck source=tests/bench/figures.sh
. "$(dirname "$0")/figures.sh"

minutes=30 standing=50 rate=5 codec=pcmu
standing_calls='' passing_calls=''

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --keep) keep=1 ;;
        --minutes) minutes=${2:?} && shift ;;
        --standing) standing=${2:?} && shift ;;
        --calls-per-second) rate=${2:?} && shift ;;
        --codec) codec=${2:?} && shift ;;
        *)
            echo "soak.sh: $1: see the first lines of this file" >&2
            exit 1
            ;;
        esac
        shift
    done
}

start_calls() {
    "$build/bench-load" --server "$address:$sip_port" --legs "$standing" --rooms 1 --codec "$codec" \
        --talkers 3 --seconds $((minutes * 60 + 5)) >"$work/standing" &
    standing_calls=$!
    sleep 3
    "$build/bench-load" --server "$address:$sip_port" --calls-per-second "$rate" --for $((minutes * 60)) \
        --rooms 5 --codec "$codec" >"$work/passing" &
    passing_calls=$!
}

watch_server() { # one line every 10 s: seconds RSS descriptors
    local begin=$SECONDS rss fds
    while kill -0 "$passing_calls" 2>/dev/null; do
        kill -0 "$server" 2>/dev/null || die "the server has ended: $(tail -3 "$work/server.log")"
        rss=$(rss_kib "$server")
        fds=$(count_fds "$server")
        printf '%6d s  RSS %8d KiB  descriptors %5d\n' $((SECONDS - begin)) "$rss" "$fds"
        echo "$((SECONDS - begin)) $rss $fds" >>"$work/watched"
        sleep 10
    done
}

print_slopes() { # least squares over what was watched in the second half
    awk -v from=$((minutes * 30)) -v to=$((minutes * 60)) '
        $1 >= from && $1 <= to { n++; x += $1; y += $2; z += $3; xx += $1 * $1; xy += $1 * $2; xz += $1 * $3 }
        END {
            d = n * xx - x * x
            if (n < 3 || d == 0) { print "growth: too short a run"; exit }
            printf "growth per minute, from %d s to %d s: RSS %+.1f KiB, descriptors %+.2f\n", from, to,
                60 * (n * xy - x * y) / d, 60 * (n * xz - x * z) / d
        }' "$work/watched"
}

print_calls() { # NAME FILE
    echo "$1: answered $(field "$2" answered) of $(field "$2" calls_started), refused $(field "$2" refused)," \
        "timed out $(field "$2" timed_out), BYE failed $(field "$2" end_failed), ended by server" \
        "$(field "$2" ended_by_server); sent $(field "$2" sent), heard $(field "$2" received)" \
        "($(field "$2" heard_percent) %), lost $(field "$2" lost), wrong time steps $(field "$2" wrong_steps)"
}

main() {
    local result=0
    read_options "$@"
    bench_begin soak.sh
    [ -x "$build/bench-load" ] || die "$build/bench-load is not built"
    # no session timer: bench-load answers no refresh, and would be hung up after some 12 minutes
    bench_start_server --set rooms.max_participants=2000 --set sip.session_expires_s=0
    start_calls
    watch_server
    wait "$passing_calls" || result=1
    wait "$standing_calls" || result=1
    print_slopes
    print_calls "who stay" "$work/standing"
    print_calls "who come and go" "$work/passing"
    lateness >"$work/late"
    echo "tick lateness p50/p99/p99.9 [ms]: $(print_lateness)"
    bench_stop_server
    return "$result"
}

main "$@"
