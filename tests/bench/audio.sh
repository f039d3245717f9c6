#!/bin/bash
# audio.sh - what the server costs beside a bare process that does the least, in one run.
#
#   tests/bench/audio.sh [--quick] [--rounds N] [--seconds S] [--codec NAME] [--talkers all|K]
#                        [--build DIR] [--keep] [CASE...]
#
# Cases: one-room (200 legs, all talking)  fifty-rooms (of 4)  speech (400 legs, 5 talking)
# hundred-rooms (of 4, all talking)  opus (200 legs, 3 talking)  srtp (200 legs, 5 talking: plain,
# encrypted, with GCM, in turn)  storm (100 legs, 5 talking: alone, beside 50 plain joins a second,
# beside 50 with DTLS, in turn)  web (200 legs, 5 talking: plain by SIP, encrypted with GCM, browsers
# on one port, in turn)  mixed (100 each of PCMU, G.722, Opus in one room)  huge (2000 legs,
# 5 talking)  empty-rooms  calls  LEGSxROOMS (as 400x4). Default: all of these but the last.
# Everything is on loopback, on ports chosen here; only processes started here are ended. README.md
# says how to read what is printed. --keep leaves the figures and the server's log behind.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"
# shellcheck source=tests/bench/figures.sh
. "$(dirname "$0")/figures.sh"

bench_name=audio.sh
rounds=3 seconds=20 codec=pcmu suite='' talkers=all quick='' keep=''
cases=()
helper='' # the floor, while it runs

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --quick) quick=1 rounds=1 seconds=5 ;;
        --keep) keep=1 ;;
        --rounds) rounds=${2:?} && shift ;;
        --seconds) seconds=${2:?} && shift ;;
        --codec) codec=${2:?} && shift ;;
        --talkers) talkers=${2:?} && shift ;;
        --build) build=${2:?} && shift ;;
        one-room | fifty-rooms | speech | hundred-rooms | opus | srtp | storm | web | mixed | huge | empty-rooms | calls)
            cases+=("$1")
            ;;
        [1-9]*x[1-9]*) cases+=("$1") ;;
        *) die "$1: see the first lines of this file" ;;
        esac
        shift
    done
    [ ${#cases[@]} -gt 0 ] ||
        cases=(one-room fifty-rooms speech hundred-rooms opus srtp storm web mixed huge empty-rooms calls)
    RADUNO_BIN=$build/raduno
    bench_begin audio.sh
    for program in bench-load bench-floor bench-storm; do
        [ -x "$build/$program" ] || die "$build/$program is not built"
    done
}

# ---- the server ----

start_server() {
    bench_start_server --set rooms.max_rooms=20000 --set rooms.max_participants=2000 "$@"
}

codec_calls() { # > encodes and decodes so far
    bench_api /metrics | awk '/^raduno_media_encodes_total/ { e = $2 } /^raduno_media_decodes_total/ { d = $2 }
        END { print e + 0, d + 0 }'
}

watch_codecs() { # LEGS OUT: encodes and decodes per second, in the midst of a run
    sleep $(($1 / 100 + 3))
    local before
    before=$(codec_calls)
    sleep 4
    echo "$before $(codec_calls)" | awk '{ printf "%.0f %.0f\n", ($3 - $1) / 4, ($4 - $2) / 4 }' >"$2"
}

# ---- legs that stay: one-room, fifty-rooms, LEGSxROOMS ----

run_floor() { # LEGS OUT
    "$build/bench-floor" --legs "$1" --seconds $((seconds + 30)) >"$work/floor.out" &
    helper=$!
    for _ in $(seq 50); do
        grep -q ports "$work/floor.out" && break
        sleep 0.1
    done
    "$build/bench-load" --floor "$work/floor.out" --legs "$1" --seconds "$seconds" \
        --watch "$helper" >"$2" || die "the floor run failed"
    end_process "$helper"
    helper=
}

run_server() { # LEGS ROOMS OUT
    start_server
    lateness >"$work/late.before"
    watch_codecs "$1" "$work/codecs" &
    local watcher=$!
    "$build/bench-load" --server "127.0.0.1:$sip_port" --legs "$1" --rooms "$2" \
        --codec "$codec" ${suite:+--srtp "$suite"} --talkers "$talkers" --seconds "$seconds" \
        --watch "$server" >"$3" ||
        echo "  bench-load: not every call went well, see answered and refused" >&2
    kill -0 "$server" 2>/dev/null || die "the server has ended: $(tail -3 "$work/server.log")"
    wait "$watcher"
    lateness >"$work/late.after"
    paste "$work/late.before" "$work/late.after" | awk '{ print $1, $4 - $2 }' >>"$work/late"
    bench_stop_server
}

print_threads() { # CPU by thread of the last round
    local per
    per=$(calc "$(field "$work/server.$rounds" talking) * $(field "$work/server.$rounds" seconds)" %f)
    grep -o '{"name": [^}]*}' "$work/server.$rounds" |
        sed 's/.*"name": "\([^"]*\)", "cpu_us": \([0-9]*\).*/\2 \1/' | sort -rn |
        awk -v per="$per" '$1 > 0 { printf "%s%s %.0f", n++ ? ", " : "", $2, $1 / per } END { print "" }'
}

stay() { # NAME LEGS ROOMS
    local round
    : >"$work/late"
    for round in $(seq "$rounds"); do
        run_floor "$2" "$work/floor.$round"
        run_server "$2" "$3" "$work/server.$round"
        calc "$(field "$work/server.$round" cpu_us_per_leg_second) / \
              $(field "$work/floor.$round" cpu_us_per_leg_second)" '%f\n'
    done >"$work/ratios"
    local last=$work/server.$rounds
    echo "$1: $2 legs in $3 rooms, $codec, talkers $talkers, $rounds x $seconds s"
    echo "  CPU [us per leg and second]   server $(values server cpu_us_per_leg_second | spread %.0f)" \
        "  floor $(values floor cpu_us_per_leg_second | spread %.0f)   (min/median/max)"
    echo "  ratio                         $(spread %.2f <"$work/ratios")"
    echo "  by thread [us]                $(print_threads)"
    echo "  memory per leg [KiB]          $(values server '(rss_end_kib - rss_before_kib) / legs' | median %.1f)"
    echo "  worst gap [ms]                server $(values server worst_gap_ms | spread %.1f)" \
        "  floor $(values floor worst_gap_ms | spread %.1f)   jitter $(values server mean_jitter_ms | median %.2f)"
    echo "  encodes, decodes a second     $(cat "$work/codecs")"
    echo "  tick lateness p50/p99/p99.9 [ms]  $(print_lateness)"
    echo "  answered $(field "$last" answered) of $(field "$last" calls_started)," \
        "sent $(field "$last" sent), heard $(field "$last" received)" \
        "($(values server heard_percent | spread %.2f) %), lost $(values server lost | spread %.0f), silent legs $(field "$last" silent_legs)," \
        "wrong time steps $(field "$last" wrong_steps), reordered $(field "$last" reordered)"
    echo "  load: $(values server load_cpu_us_per_leg_second | median %.0f) us per leg and second," \
        "at most $(values server load_late_ms | spread %.1f) ms late"
}

# ---- encrypted, or not ----

turn() { # ROUND WORD...: the words, another one first in each round
    local round=$1 i
    shift
    for ((i = 0; i < $#; i++)); do
        echo "${@:$(((round + i) % $# + 1)):1}"
    done
}

print_against_plain() { # KIND...: what a leg of each costs, as ratios to plain of the same round
    local kind
    for kind in "$@"; do
        echo "  $kind: server $(values "$kind" cpu_us_per_leg_second | spread %.0f) us per leg and second," \
            "ratio to plain $(paste <(values "$kind" cpu_us_per_leg_second) <(values plain cpu_us_per_leg_second) |
                awk '{ print $1 / $2 }' | spread %.2f)," \
            "heard $(values "$kind" heard_percent | spread %.2f) %, lost $(values "$kind" lost | spread %.0f)"
    done
}

srtp() {
    local round kind
    : >"$work/late"
    for round in $(seq "$rounds"); do
        for kind in $(turn "$round" plain AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM); do
            [ "$kind" = plain ] && suite='' || suite=$kind
            run_server 200 1 "$work/$kind.$round"
        done
    done
    suite=''
    echo "srtp: 200 legs in one room, $codec, talkers $talkers, $rounds x $seconds s of each, in turn"
    print_against_plain plain AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
    echo "  tick lateness p50/p99/p99.9 [ms]  $(print_lateness)"
}

# ---- calls that go on while others join ----

web_round() { # KIND ROUND
    case $1 in
    plain) suite='' ;;
    gcm) suite=AEAD_AES_128_GCM ;;
    browser)
        start_server --set media.browser_port=$((9901 + RANDOM % 99)) --set api.rate_per_source=0 \
            --set api.max_calls=1000
        "$build/bench-web" --api "127.0.0.1:$api_port" --legs 200 --talkers "$talkers" \
            --seconds "$seconds" --watch "$server" >"$work/$1.$2" || echo "  browsers: something failed" >&2
        bench_stop_server
        return
        ;;
    esac
    run_server 200 1 "$work/$1.$2"
}
web() {
    local round kind
    : >"$work/late"
    for round in $(seq "$rounds"); do
        for kind in $(turn "$round" plain gcm browser); do
            web_round "$kind" "$round"
        done
    done
    suite=''
    echo "web: 200 legs in one room, pcmu, talkers $talkers, $rounds x $seconds s of each, in turn"
    print_against_plain plain gcm browser
}
joins() { # KIND OUT: 50 a second
    local all=(--server "127.0.0.1:$sip_port" --hold 2000 --for $((seconds + 1)))
    case $1 in
    plain) "$build/bench-load" "${all[@]}" --calls-per-second 50 --rooms 10 --talkers 0 >"$2" ;;
    dtls) "$build/bench-storm" "${all[@]}" --rate 50 >"$2" ;;
    esac || echo "  $1 joins: not every one went well" >&2
}

storm_round() { # KIND ROUND
    local standing
    start_server
    "$build/bench-load" --server "127.0.0.1:$sip_port" --legs 100 --codec "$codec" --talkers "$talkers" \
        --seconds "$seconds" --watch "$server" >"$work/$1.$2" &
    standing=$!
    sleep 3 # all are up, and warm
    lateness >"$work/late.before"
    joins "$1" "$work/joins.$1.$2" &
    local joining=$!
    sleep "$seconds"
    lateness >"$work/late.after"
    wait "$standing" "$joining"
    paste "$work/late.before" "$work/late.after" | awk '{ print $1, $4 - $2 }' >>"$work/late.$1"
    bench_stop_server
}

column() { # KIND KEY: one line a round; the key may have digits
    local round
    for round in $(seq "$rounds"); do
        field "$work/$1.$round" "$2"
    done
}

thread_share() { # FILE NAME: of one core [%], of all threads of that name
    grep -o '{"name": [^}]*}' "$1" | sed 's/.*"name": "\([^"]*\)", "cpu_us": \([0-9]*\).*/\1 \2/' |
        awk -v name="$2" -v s="$(field "$1" seconds)" '$1 ~ name { us += $2 } END { printf "%.1f", us / s / 10000 }'
}

storm() {
    local round kind
    rm -f "$work"/late.*
    for round in $(seq "$rounds"); do
        for kind in $(turn "$round" alone plain dtls); do
            storm_round "$kind" "$round"
        done
    done
    echo "storm: 100 legs in one room, $codec, talkers $talkers, $rounds x $seconds s of each, in turn"
    for kind in alone plain dtls; do
        cp "$work/late.$kind" "$work/late"
        echo "  $kind: tick lateness p50/p99/p99.9 [ms] $(print_lateness), worst gap" \
            "$(values "$kind" worst_gap_ms | spread %.1f) ms, heard $(values "$kind" heard_percent | spread %.2f) %," \
            "lost $(values "$kind" lost | spread %.0f), load at most $(values "$kind" load_late_ms | spread %.1f) ms late," \
            "handshake thread $(thread_share "$work/$kind.$rounds" handshake) % of a core"
    done
    echo "  plain joins: $(values joins.plain answered | spread %.0f) answered of $(values joins.plain calls_started | spread %.0f)," \
        "after p50 $(column joins.plain setup_p50_ms | spread %.1f), p99 $(column joins.plain setup_p99_ms | spread %.1f) ms"
    echo "  dtls joins: $(values joins.dtls heard | spread %.0f) heard of $(values joins.dtls started | spread %.0f)," \
        "keys after p50 $(column joins.dtls keyed_p50_ms | spread %.1f), p99 $(column joins.dtls keyed_p99_ms | spread %.1f) ms," \
        "sound after p50 $(column joins.dtls heard_p50_ms | spread %.1f), p99 $(column joins.dtls heard_p99_ms | spread %.1f) ms"
}

# ---- three codecs in one room ----

load_one() { # CODEC OUT [WATCH]: 100 legs of room bench-1
    "$build/bench-load" --server "127.0.0.1:$sip_port" --legs 100 --codec "$1" --talkers 2 \
        --seconds "$seconds" ${3:+--watch "$3"} >"$2"
}

print_one() { # CODEC OUT WHERE
    echo "  $1 $3: heard $(field "$2" heard_percent) %, lost $(field "$2" lost), worst gap" \
        "$(field "$2" worst_gap_ms) ms, jitter $(field "$2" mean_jitter_ms) ms, reordered $(field "$2" reordered)"
}

mixed() {
    local one loads=()
    echo "mixed: 100 legs each of PCMU, G.722 and Opus in one room, 2 of each talking, $seconds s"
    for one in pcmu g722 opus; do
        start_server
        load_one $one "$work/alone.$one"
        bench_stop_server
    done
    start_server
    load_one pcmu "$work/mixed.pcmu" "$server" & loads+=($!)
    load_one g722 "$work/mixed.g722" & loads+=($!)
    load_one opus "$work/mixed.opus" & loads+=($!)
    watch_codecs 100 "$work/codecs"
    wait "${loads[@]}"
    bench_stop_server
    for one in pcmu g722 opus; do
        print_one $one "$work/alone.$one" alone
        print_one $one "$work/mixed.$one" mixed
    done
    echo "  CPU [us per leg and second]   $(calc "$(field "$work/mixed.pcmu" cpu_us_per_leg_second) / 3" %.0f)"
    echo "  encodes, decodes a second     $(cat "$work/codecs")"
}

# ---- empty rooms ----

make_rooms() { # COUNT: prints how many were made
    local index
    for index in $(seq "$1"); do
        [ "$index" = 1 ] || echo next
        printf 'url = "http://127.0.0.1:%s/api/v1/rooms"\nheader = "Authorization: Bearer %s"\n' \
            "$api_port" "$token"
        printf 'header = "Content-Type: application/json"\ndata = "{\\"name\\": \\"empty-%s\\"}"\n' \
            "$index"
        printf 'output = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n'
    done >"$work/rooms.curl"
    timeout 300 curl -sS -K "$work/rooms.curl" | grep -c '^201$'
}

ticks_over() { # SECONDS
    local before
    before=$(cpu_ticks "$server")
    sleep "$1"
    echo $(($(cpu_ticks "$server") - before))
}

empty_rooms() {
    local rooms=10000 window=60 made rss_before rss_after ticks_before
    [ -z "$quick" ] || { rooms=1000 window=10; }
    start_server
    ticks_before=$(ticks_over "$window")
    rss_before=$(rss_kib "$server")
    made=$(make_rooms "$rooms")
    sleep 1
    rss_after=$(rss_kib "$server")
    echo "empty-rooms: $made of $rooms rooms made"
    echo "  CPU over $window s [ticks of 10 ms]  $(ticks_over "$window"), without rooms $ticks_before"
    echo "  memory per room [bytes]       $(calc "($rss_after - $rss_before) * 1024 / $rooms" %.0f)" \
        "(RSS $rss_before -> $rss_after KiB)"
    bench_stop_server
}

# ---- calls that come and go ----

turnover() { # RATE SECONDS OUT
    "$build/bench-load" --server "127.0.0.1:$sip_port" --calls-per-second "$1" --for "$2" \
        --rooms 20 --codec "$codec" --watch "$server" >"$3"
    kill -0 "$server" 2>/dev/null || die "the server has ended: $(tail -3 "$work/server.log")"
}

level() { # after the SIP timers of the last call (64 * T1 and a little): "RSS DESCRIPTORS"
    sleep 36
    echo "$(rss_kib "$server") $(count_fds "$server")"
}

calls() {
    local rate=100 warm=40 window=60 fresh level_1 level_2 out=$work/calls
    [ -z "$quick" ] || { rate=50 warm=5 window=10; }
    start_server
    fresh="$(rss_kib "$server") $(count_fds "$server")"
    turnover "$rate" "$warm" "$work/warm"
    level_1=$(level)
    turnover "$rate" "$window" "$out"
    level_2=$(level)
    echo "calls: $rate a second for $window s (after $warm s of the same)"
    echo "  answered $(field "$out" answered) of $(field "$out" calls_started), refused" \
        "$(field "$out" refused), timed out $(field "$out" timed_out), bad answers" \
        "$(field "$out" bad_answers), BYE failed $(field "$out" end_failed), ended by server" \
        "$(field "$out" ended_by_server), retransmitted $(field "$out" retransmitted)"
    echo "  setup [ms]                    p50 $(field "$out" setup_p50_ms)," \
        "p99 $(field "$out" setup_p99_ms), worst $(field "$out" setup_max_ms)"
    echo "  sent $(field "$out" sent), heard $(field "$out" received)" \
        "($(field "$out" heard_percent) %), lost $(field "$out" lost), strays $(field "$out" strays)"
    echo "  CPU per call [us]             $(calc "$(field "$out" cpu_us) / $(field "$out" calls_started)" %.0f)"
    echo "  RSS [KiB] and descriptors     fresh $fresh; after $warm s of calls $level_1;" \
        "after $window s more $level_2"
    bench_stop_server
}

main() {
    read_options "$@"
    echo "$(uname -sr), $(nproc) cores, $("$build/raduno" --version)"
    for case in "${cases[@]}"; do
        case $case in
        one-room) stay one-room 200 1 ;;
        fifty-rooms) stay fifty-rooms 200 50 ;;
        speech) talkers=5 stay speech 400 1 ;;
        hundred-rooms) stay hundred-rooms 400 100 ;;
        opus) codec=opus talkers=3 stay opus 200 1 ;;
        srtp) talkers=5 srtp ;;
        web) talkers=5 web ;;
        storm) talkers=5 storm ;;
        mixed) mixed ;;
        huge) talkers=5 stay huge 2000 1 ;;
        empty-rooms) empty_rooms ;;
        calls) calls ;;
        *) stay "$case" "${case%x*}" "${case#*x}" ;;
        esac
    done
}

main "$@"
