#!/bin/bash
# video.sh - what composing video costs beside the least it can cost, and what callers see of it.
#
#   tests/bench/video.sh [--quick] [--rounds N] [--seconds S] [--codec NAME] [--build DIR] [--keep]
#                        [CASE...]
#
# Cases: four nine sixteen (senders at 360p30, H.264, into one 720p30 room, all watching)
# vp8-four vp8-nine vp8-sixteen  watchers (16 instead of 4)  visible (25 people, 6 of them seen)
# latency (glass to glass)  first-picture  memory (per 720p sender)  loss (1, 3, 5, 10 %, NACK on and
# off, on the way in and out)  lips (how far sound and picture are apart)  load (video beyond what the
# machine can do, beside 50 who only talk). Default: all. --codec (h264) is that of the last eight.
# Everything is on loopback, on ports chosen here; only processes started here are ended. README.md
# says how to read what is printed. --keep leaves the figures and the server's log behind. Clips are
# made at first use and kept in $XDG_CACHE_HOME or /tmp.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"
# shellcheck source=tests/bench/figures.sh
. "$(dirname "$0")/figures.sh"

bench_name=video.sh
rounds=3 seconds=20 codec=h264 quick='' keep=''
cases=()
helper='' # bench-video in the background, while it runs
films=()  # more of them, a room each

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --quick) quick=1 rounds=1 seconds=5 ;;
        --keep) keep=1 ;;
        --rounds) rounds=${2:?} && shift ;;
        --seconds) seconds=${2:?} && shift ;;
        --codec) codec=${2:?} && shift ;;
        --build) build=${2:?} && shift ;;
        four | nine | sixteen | vp8-four | vp8-nine | vp8-sixteen | watchers | visible | latency | \
            first-picture | memory | loss | lips | load) cases+=("$1") ;;
        *)
            echo "video.sh: $1: see the first lines of this file" >&2
            exit 1
            ;;
        esac
        shift
    done
    [ ${#cases[@]} -gt 0 ] ||
        cases=(four nine sixteen vp8-four vp8-nine vp8-sixteen watchers visible latency first-picture memory loss
            lips load)
    RADUNO_BIN=$build/raduno
    bench_begin video.sh
    for program in bench-video bench-video-floor; do
        [ -x "$build/$program" ] || die "$build/$program is not built"
    done
}

# ---- figures ----

fields() { # NAME KEY: one line a round
    local round
    for round in $(seq "$rounds"); do
        field "$work/$1.$round" "$2"
    done
}

ratios() { # NAME NAME: of their CPU, round by round
    local round
    for round in $(seq "$rounds"); do
        calc "$(field "$work/$1.$round" cores) / $(field "$work/$2.$round" cores)" '%f\n'
    done
}

counter() { # NAME of /metrics
    bench_api /metrics | awk -v name="$1" '$1 == name { value = $2 } END { print value + 0 }'
}

threads_of() { # FILE: CPU of the server by thread [cores]
    grep -o '{"name": "[^}]*, "cpu_us": [^}]*}' "$1" |
        sed 's/.*"name": "\([^"]*\)", "cpu_us": \([0-9]*\).*/\2 \1/' | sort -rn |
        awk -v s="$(field "$1" seconds)" '$1 > 0 { printf "%s%s %.3f", n++ ? ", " : "", $2, $1 / 1e6 / s }'
}

# ---- the server and its callers ----

# Two by two over all of the picture: who only watches has no tile.
two_by_two='{"tiles": [{"x": 0, "y": 0, "width": 50, "height": 50}, {"x": 50, "y": 0, "width": 50, "height": 50},
    {"x": 0, "y": 50, "width": 50, "height": 50}, {"x": 50, "y": 50, "width": 50, "height": 50}]}'

start_server() { # LAYOUT as JSON
    bench_start_server --set rooms.join_tone=none --set rooms.announcements=false
    local answer
    answer=$(bench_api /api/v1/rooms -X POST -H 'Content-Type: application/json' -w '\n%{http_code}' -d "{\"name\": \"eye\",
        \"video\": {\"size\": \"720p\", \"fps\": 30, \"bitrate_kbps\": 2000, \"layout\": $1, \"own_view\": false}}")
    [ "${answer##*$'\n'}" = 201 ] || die "the room was not made: $answer"
}

call() { # OUT ARGUMENT...: a run of bench-video
    local out=$1
    shift
    "$build/bench-video" --server "127.0.0.1:$sip_port" --seconds "$seconds" "$@" >"$out" 2>"$out.log" ||
        echo "  bench-video: not every call had video, see answered and with_video" >&2
    kill -0 "$server" 2>/dev/null || die "the server has ended: $(tail -3 "$work/server.log")"
    [ "$(field "$out" with_video)" -gt 0 ] || die "no call had video"
}

start_callers() { # OUT ARGUMENT...: callers who stay until end_callers
    local out=$1
    shift
    "$build/bench-video" --server "127.0.0.1:$sip_port" --seconds 0 "$@" >"$out" 2>"$out.log" &
    helper=$!
    for _ in $(seq 300); do
        grep -q '^bench-video: up' "$out.log" && return
        kill -0 "$helper" 2>/dev/null || break
        sleep 0.1
    done
    die "the callers do not come up: $(cat "$out.log")"
}

end_callers() {
    end_process "$helper"
    helper=''
}

print_run() { # FILE: how it went
    echo "  answered $(field "$1" answered), with video $(field "$1" with_video), saw nothing $(field "$1" blank)," \
        "$(field "$1" mean_fps) pictures a second, $(field "$1" mean_kbps) kbit/s, broken $(field "$1" total_broken)," \
        "key frames $(field "$1" total_key_frames), lost $(field "$1" packets_lost)"
    echo "  load: $(field "$1" load_cores) cores, at most $(field "$1" load_late_ms) ms late"
}

# ---- four, nine, sixteen ----

composed() { # NAME CODEC SENDERS
    local round
    for round in $(seq "$rounds"); do
        "$build/bench-video-floor" --streams "$3" --codec "$2" --seconds "$seconds" >"$work/floor.$round" ||
            die "the floor run failed"
        start_server '"grid"'
        call "$work/server.$round" --senders "$3" --codec "$2" --watch "$server"
        bench_stop_server
    done
    echo "$1: $3 senders at 360p30, $2, into 720p30, $rounds x $seconds s"
    echo "  CPU [cores]                   server $(fields server cores | spread %.3f)" \
        "  floor $(fields floor cores | spread %.3f)   (min/median/max)"
    echo "  ratio                         $(ratios server floor | spread %.2f)"
    echo "  by thread [cores]             $(threads_of "$work/server.$rounds")"
    echo "  the floor's parts             decode $(fields floor decode_cores | median %.3f)," \
        "scale $(fields floor scale_cores | median %.3f), encode $(fields floor encode_cores | median %.3f)," \
        "late $(fields floor late | median %.0f)"
    print_run "$work/server.$rounds"
}

# ---- watchers ----

watchers() {
    local round
    for round in $(seq "$rounds"); do
        start_server "$two_by_two"
        call "$work/few.$round" --senders 4 --codec "$codec" --watch "$server"
        bench_stop_server
        start_server "$two_by_two"
        call "$work/many.$round" --senders 4 --watchers 12 --codec "$codec" --watch "$server"
        bench_stop_server
    done
    echo "watchers: 16 instead of 4 of the same picture, $codec, $rounds x $seconds s"
    echo "  CPU [cores]                   4: $(fields few cores | spread %.3f)   16: $(fields many cores | spread %.3f)"
    echo "  more for each watcher [%]     $(ratios many few | awk '{ print ($1 - 1) / 12 * 100 }' | spread %.2f)"
    print_run "$work/many.$rounds"
}

# ---- visible ----

decoded_while() { # OUT ARGUMENT...: as call; pictures decoded a second in OUT.decoded
    local out=$1 before begin
    start_callers "$@"
    sleep 3
    before=$(counter raduno_video_frames_decoded_total) begin=$(date +%s.%N)
    sleep "$seconds"
    calc "($(counter raduno_video_frames_decoded_total) - $before) / ($(date +%s.%N) - $begin)" '%.1f\n' >"$out.decoded"
    end_callers
}

visible() {
    local round
    for round in $(seq "$rounds"); do
        start_server '"speaker"'
        decoded_while "$work/small.$round" --senders 6 --codec "$codec" --watch "$server"
        bench_stop_server
        start_server '"speaker"'
        decoded_while "$work/watched.$round" --senders 6 --watchers 19 --codec "$codec" --watch "$server"
        bench_stop_server
        start_server '"speaker"'
        decoded_while "$work/large.$round" --senders 25 --codec "$codec" --watch "$server"
        bench_stop_server
    done
    echo "visible: 25 people, 6 of them seen (speaker layout), $codec, $rounds x $seconds s"
    echo "  CPU [cores]                   6 people $(fields small cores | spread %.3f)" \
        "  6 and 19 who watch $(fields watched cores | spread %.3f)   25 $(fields large cores | spread %.3f)"
    echo "  ratio                         25 to 6 $(ratios large small | spread %.2f)," \
        "to 6 and 19 who watch $(ratios large watched | spread %.2f)"
    echo "  decoded [pictures a second]   6 people $(cat "$work"/small.*.decoded | spread %.0f)," \
        "25 people $(cat "$work"/large.*.decoded | spread %.0f)"
    print_run "$work/large.$rounds"
}

# ---- latency ----

latency() {
    local round
    for round in $(seq "$rounds"); do
        start_server "$two_by_two"
        call "$work/glass.$round" --senders 4 --watchers 1 --grid 2x2 --codec "$codec"
        bench_stop_server
    done
    echo "latency: sent by the camera to decoded at the watcher, 4 senders, $codec, $rounds x $seconds s"
    echo "  median tile [ms]              $(fields glass glass_p50_ms | spread %.1f)" \
        "  worst picture $(fields glass glass_max_ms | spread %.1f)"
    echo "  tiles read, their least rate  $(fields glass tiles_read | spread %.0f), $(fields glass least_tile_fps | spread %.2f) a second"
    print_run "$work/glass.$rounds"
}

# ---- first-picture ----

first_picture() {
    local joins=10 round
    for round in $(seq "$rounds"); do
        start_server "$two_by_two"
        start_callers "$work/senders.$round" --senders 4 --codec "$codec"
        sleep 2
        "$build/bench-video" --server "127.0.0.1:$sip_port" --senders 0 --watchers $joins --name late \
            --codec "$codec" --join-stagger 700 --warm 1000 --seconds 1 >"$work/first.$round" 2>"$work/first.log"
        end_callers
        bench_stop_server
    done
    echo "first-picture: ACK to the first whole key frame, $rounds x $joins who join one after the other, $codec"
    echo "  median [ms]                   $(fields first first_picture_p50_ms | spread %.1f)" \
        "  worst $(fields first first_picture_max_ms | spread %.1f)"
    print_run "$work/first.$rounds"
}

# ---- memory ----

memory() {
    local count
    for count in 4 9; do
        start_server '"grid"'
        call "$work/memory.$count" --senders $count --size 720p --kbps 1500 --codec "$codec" --watch "$server"
        bench_stop_server
    done
    local four=$work/memory.4 nine=$work/memory.9
    echo "memory: of 720p senders that are shown, $codec"
    for count in $four $nine; do
        echo "  $(field "$count" senders) senders                     RSS $(field "$count" rss_before_kib) ->" \
            "$(field "$count" rss_end_kib) KiB, after they are gone $(field "$count" rss_after_kib)"
    done
    echo "  for each sender [MiB]         $(calc "($(field "$nine" rss_end_kib) - $(field "$four" rss_end_kib)) / 5 / 1024" %.2f)" \
        "(five more), $(calc "($(field "$nine" rss_end_kib) - $(field "$nine" rss_before_kib)) / 9 / 1024" %.2f) (nine, with all else)"
    print_run "$nine"
}

# ---- loss ----

loss() {
    local side percent nack out
    local -a percents=(1 3 5 10)
    [ -z "$quick" ] || percents=(3)
    echo "loss: 4 senders, 1 watcher, $codec, $seconds s each: how long tiles stand still"
    echo "  way  loss  NACK   frozen [ms per tile and minute]   worst [ms]   least rate   key frames asked   resent   broken"
    for side in up down; do
        for percent in "${percents[@]}"; do
            for nack in on off; do
                out=$work/loss.$side.$percent.$nack
                start_server "$two_by_two"
                call "$out" --senders 4 --watchers 1 --grid 2x2 --codec "$codec" --blind --loss "$percent" \
                    --loss-side $side --nack $nack
                bench_stop_server
                printf '  %-4s %3s %%  %-4s %25.0f %21.0f %12.2f %12.0f / %.0f %9.0f %8.0f\n' $side "$percent" $nack \
                    "$(field "$out" frozen_ms_per_tile_minute)" "$(field "$out" worst_freeze_ms)" \
                    "$(field "$out" least_tile_fps)" "$(field "$out" total_key_requests_received)" \
                    "$(field "$out" total_key_requests_sent)" "$(field "$out" total_resent)" "$(field "$out" total_broken)"
            done
        done
    done
}

# ---- lips ----

lips_row() { # NAME WAY...: what is done to the first sender's packets
    local name=$1 round out
    shift
    for round in $(seq "$rounds"); do
        out=$work/lips.$name.$round
        start_server "$two_by_two"
        # warm: until both reports have come, and the voice has given way to a late picture
        call "$out" --senders 2 --watchers 1 --grid 2x2 --codec "$codec" --lips --warm 12000 "$@"
        bench_stop_server
    done
    printf '  %-24s %24s %22s %22s %8s %20s\n' "$name" "$(fields "lips.$name" lips_p50_ms | spread %+.1f)" \
        "$(fields "lips.$name" lips_p95_ms | spread %.1f)" "$(fields "lips.$name" lips_worst_ms | spread %.1f)" \
        "$(fields "lips.$name" lips_count | spread %.0f)" "$(fields "lips.$name" load_late_ms | spread %.0f)"
}

lips() {
    echo "lips: picture less sound at the watcher, by the server's reports, 2 senders, $codec, $rounds x $seconds s (min/median/max)"
    echo "  way of the first sender                p50 [ms]      95 % within [ms]        worst within [ms]    count  bench late [ms]"
    lips_row clean
    lips_row audio-jitter-100 --audio-jitter 100
    lips_row audio-150-later --audio-delay 150
    lips_row video-150-later --video-delay 150
}

# ---- load ----

first_of_all=() # the callers who measure: they must not be late themselves
nice -n -10 true 2>"/dev/null" && [ "$(nice -n -10 nice)" = -10 ] && first_of_all=(nice -n -10)

start_film() { # NUMBER: four 720p senders in a room of their own, an encoder for each
    local out=$work/film.$1
    bench_api /api/v1/rooms -X POST -H 'Content-Type: application/json' -o /dev/null -d "{\"name\": \"film-$1\",
        \"video\": {\"size\": \"720p\", \"fps\": 30, \"bitrate_kbps\": 2000, \"layout\": \"grid\", \"own_view\": true}}"
    "$build/bench-video" --server "127.0.0.1:$sip_port" --room "film-$1" --name "film$1" --senders 4 --size 720p \
        --kbps 1500 --codec "$codec" --seconds 0 --join-stagger 300 >"$out" 2>"$out.log" &
    films+=($!)
    for _ in $(seq 300); do
        grep -q '^bench-video: up' "$out.log" && break
        sleep 0.1
    done
    sleep 4.5 # two looks of the server at its own load
}

voices() { # NAME OF THE ROW: the 50, while all else goes on
    local out=$work/voices composed skipped encoders begin seconds_gone
    composed=$(counter raduno_video_frames_composed_total) skipped=$(counter raduno_video_frames_skipped_total)
    begin=$(date +%s.%N)
    "${first_of_all[@]}" "$build/bench-load" --server "127.0.0.1:$sip_port" --legs 50 --seconds "$seconds" >"$out"
    seconds_gone=$(calc "$(date +%s.%N) - $begin" %f) encoders=$(counter raduno_video_encoders)
    printf '  %-26s %5.0f %6.0f %8.0f %9.2f %10.1f %10.1f %10.1f %10.1f %8.1f %6.2f\n' "$1" "$(counter raduno_video_legs)" "$told" \
        "$(field "$out" lost)" "$(field "$out" heard_percent)" "$(field "$out" worst_gap_ms)" "$(field "$out" median_gap_ms)" \
        "$(field "$out" load_late_ms)" \
        "$(calc "$encoders ? ($(counter raduno_video_frames_composed_total) - $composed) / $seconds_gone / $encoders : 0" %f)" \
        "$(calc "($(counter raduno_video_frames_skipped_total) - $skipped) / $seconds_gone" %f)" "$(counter raduno_video_load)"
}

load() {
    local room wanted=0 told=0 spinner
    local -a spinners=()
    start_server '"grid"'
    echo "load: rooms of 4 at 720p30 with an encoder for each until one is told no, then $((2 * $(nproc))) busy processes;" \
        "beside it 50 G.711 legs, $codec, $seconds s"
    echo "  $(grep -o 'real-time (SCHED_FIFO)\|ordinary threads.*' "$work/server.log" | head -1) mix"
    echo "  video                       legs told no  audio: lost  heard %  worst gap  median gap  load late   pictures/s left out   load"
    voices none
    for room in $(seq 8); do
        start_film "$room"
        wanted=$((wanted + 4)) told=$((wanted - $(counter raduno_video_legs)))
        [ "$told" -gt 0 ] && break
    done
    voices "as much as is let in"
    for _ in $(seq $((2 * $(nproc)))); do
        (while :; do :; done) &
        spinners+=($!)
    done
    sleep 2
    voices "and busy processes"
    start_film 9
    told=$((wanted + 4 - $(counter raduno_video_legs)))
    voices "and four more callers"
    for spinner in "${spinners[@]}"; do
        kill -KILL "$spinner"
        wait "$spinner" 2>/dev/null
    done
    sleep 4
    voices "processes gone"
    for room in "${films[@]}"; do
        end_process "$room"
    done
    films=()
    kill -0 "$server" 2>/dev/null || die "the server has ended: $(tail -3 "$work/server.log")"
    bench_stop_server
}

main() {
    read_options "$@"
    echo "$(uname -sr), $(nproc) cores, $("$build/raduno" --version)"
    for case in "${cases[@]}"; do
        case $case in
        four) composed four h264 4 ;;
        nine) composed nine h264 9 ;;
        sixteen) composed sixteen h264 16 ;;
        vp8-four) composed vp8-four vp8 4 ;;
        vp8-nine) composed vp8-nine vp8 9 ;;
        vp8-sixteen) composed vp8-sixteen vp8 16 ;;
        watchers) watchers ;;
        visible) visible ;;
        latency) latency ;;
        first-picture) first_picture ;;
        memory) memory ;;
        loss) loss ;;
        lips) lips ;;
        load) load ;;
        esac
    done
}

main "$@"
