#!/bin/bash
# quality.sh - how a voice sounds behind the server, over bad networks and after bad input.
#
#   tests/bench/quality.sh [--quick] [--long] [--seconds S] [--jobs N] [--seed N] [--buffers LIST]
#                          [--formula] [--namespaces] [--out FILE] [--keep] [GROUP...]
#   tests/bench/quality.sh --table FILE     prints the tables of earlier runs' JSON lines again
#
# Groups: loss jitter mixed clock fault; default: all of these. hour, if it is named: an hour a row, each with 4 GiB.
# Each row is a run of bench-ear: A speaks over a network that the seed plays, B listens. --buffers (default:
# adaptive,60,400): adaptive is the server as it comes, N is media.jitter_ms and media.jitter_limit_ms both at N.
# RADUNO_BIN is the server to measure. --long: the clock rows take 10 minutes. --formula: no espeak-ng, even if it is there.
# README.md says how to read what is printed. Figures, not tests: the exit code says whether all ran.
set -u

# shellcheck source=tests/bench/server.sh
. "$(dirname "$0")/server.sh"

seconds=60 jobs=6 seed=1 buffers=adaptive,60,400 out='' quick='' long='' formula='' speech=() failed=0
groups=() rows=()

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --quick) quick=1 seconds=10 ;;
        --long) long=1 ;;
        --formula) formula=1 ;;
        --namespaces) in_namespaces=1 ;;
        --keep) keep=1 ;;
        --seconds) seconds=${2:?} && shift ;;
        --jobs) jobs=${2:?} && shift ;;
        --seed) seed=${2:?} && shift ;;
        --buffers) buffers=${2:?} && shift ;;
        --out) out=${2:?} && shift ;;
        --table) exec node "$root/tests/bench/quality_table.mjs" "${2:?}" ;;
        loss | jitter | mixed | clock | fault | hour) groups+=("$1") ;;
        *)
            echo "quality.sh: $1: see the first lines of this file" >&2
            exit 1
            ;;
        esac
        shift
    done
    [ ${#groups[@]} -gt 0 ] || groups=(loss jitter mixed clock fault)
}

# ---- rows: "GROUP|NAME|BENCH-EAR'S ARGUMENTS" ----

row() { # GROUP NAME ARGUMENT...
    local group=$1 name=$2
    shift 2
    rows+=("$group|$name|$*")
}

codec_options() { # of a name as opus+fec
    case $1 in
    *+fec) echo "--codec ${1%+fec} --fec" ;;
    *) echo "--codec $1" ;;
    esac
}

loss_rows() {
    local codec loss
    local -a losses=(0 1 3 5 10)
    [ -z "$quick" ] || losses=(0 3)
    for codec in pcmu g722 opus opus+fec; do
        for loss in "${losses[@]}"; do
            row loss "$codec, loss $loss %" "$(codec_options $codec)" --loss "$loss"
        done
    done
}

jitter_rows() {
    local codec jitter
    for codec in pcmu g722 opus; do
        for jitter in 0 20 60 120; do
            row jitter "$codec, jitter 0..$jitter ms" --codec $codec --jitter "$jitter"
        done
    done
    row jitter 'pcmu, jitter normal, 95 % < 60 ms' --codec pcmu --jitter 60 --jitter-kind normal
    row jitter 'pcmu, jitter 0..120 ms, in order' --codec pcmu --jitter 120 --jitter-kind ordered
}

mixed_rows() {
    local codec step_at=$((seconds / 3)) step_for=$((seconds / 3))
    for codec in pcmu opus+fec; do
        row mixed "$codec, loss 3 %, jitter 0..60 ms" "$(codec_options $codec)" --loss 3 --jitter 60
        row mixed "$codec, loss 5 % in bursts of 3" "$(codec_options $codec)" --loss 5 --burst 3
        row mixed "$codec, bursts and jitter 0..120 ms" "$(codec_options $codec)" --loss 5 --burst 3 --jitter 120
        row mixed "$codec, 10 % out of order" "$(codec_options $codec)" --reorder 10
        row mixed "$codec, 10 % twice" "$(codec_options $codec)" --duplicate 10
        row mixed "$codec, 100 ms more from $step_at s for $step_for s" "$(codec_options $codec)" \
            --step 100 --step-at $((step_at + 2)) --step-for "$step_for"
    done
}

clock_rows() {
    local codec ppm length=$seconds
    [ -z "$long" ] || length=600
    for codec in pcmu opus; do
        for ppm in 200 -200; do
            row clock "$codec, clock $ppm ppm, $length s" --codec $codec --clock-ppm $ppm --seconds "$length"
        done
    done
}

hour_rows() {
    local codec
    for codec in pcmu opus; do
        row hour "$codec, an hour" --codec $codec --seconds 3600
    done
}

fault_rows() {
    local codec fault length
    for codec in pcmu opus; do
        for fault in sizes:3 empty:1 long:3 ptime:4 sequence:0 timestamp:0 back:0 restart:0 ssrc:0 double:5 pause:3 hold:3; do
            length=${fault#*:}
            row fault "$codec, ${fault%:*}" --codec $codec --fault "${fault%:*}" --fault-at 5 --fault-for "$length" \
                --third --seconds 20
        done
    done
}

# ---- runs ----

make_speech() { # sentences by espeak-ng, if it is there
    [ -z "$formula" ] && command -v espeak-ng >/dev/null || return 0
    espeak-ng -v en -s 150 -w "$work/speech.wav" \
        'The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.
It is easy to tell the depth of a well. These days a chicken leg is a rare dish.
Rice is often served in round bowls. The juice of lemons makes fine punch.
The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.
Four hours of steady work faced us. A large size in stockings is hard to sell.' &&
        speech=(--speech "$work/speech.wav")
}

run_row() { # BUFFER INDEX: one JSON line
    local buffer=$1 group name arguments line room=q$2 file=$work/row.$1.$2
    IFS='|' read -r group name arguments <<<"${rows[$2]}"
    local -a words
    read -ra words <<<"$arguments"
    local ask="${in_server[*]} curl -sS -m 10 -H 'Authorization: Bearer $token' -o $file.people http://127.0.0.1:$api_port/api/v1/rooms/$room/participants"
    line=$("${in_callers[@]}" nice -n 10 "$build/bench-ear" --server "$address:$sip_port" --room "$room" --seed "$seed" \
        --seconds "$seconds" "${speech[@]}" --before-end "$ask" "${words[@]}" 2>"$file.log")
    printf '{"group": "%s", "row": "%s", "buffer": "%s", "arguments": "%s", "ear": %s, "people": %s}\n' \
        "$group" "$name" "$buffer" "$arguments --seed $seed" "${line:-null}" \
        "$(cat "$file.people" 2>/dev/null || echo null)" >"$file.json"
    [ -n "$line" ] || { sed "s/^/$name: /" "$file.log" >&2; return 1; }
}

run_all() { # BUFFER: the rows, $jobs at a time: the comparing begins when all of these have heard
    local index pids=() pid
    for index in "${!rows[@]}"; do
        run_row "$1" "$index" &
        pids+=($!)
        if [ ${#pids[@]} -eq "$jobs" ] || [ $((index + 1)) -eq ${#rows[@]} ]; then
            for pid in "${pids[@]}"; do
                wait "$pid" || failed=1
            done
            pids=()
        fi
    done
    kill -0 "$server" 2>/dev/null || die "the server has ended: $(tail -3 "$work/server.log")"
}

measure() { # BUFFER
    # no session timer: bench-ear says 200 to a refresh, but has no SDP for it
    local -a sets=(--set rooms.join_tone=none --set sip.session_expires_s=0)
    [ "$1" = adaptive ] || sets+=(--set "media.jitter_ms=$1" --set "media.jitter_limit_ms=$1")
    bench_start_server "${sets[@]}"
    run_all "$1"
    bench_stop_server
}

main() {
    local buffer group
    in_namespaces=''
    read_options "$@"
    bench_begin quality.sh
    [ -x "$build/bench-ear" ] || die "$build/bench-ear is not built"
    [ -z "$in_namespaces" ] || bench_namespaces
    make_speech
    for group in "${groups[@]}"; do
        "${group}_rows"
    done
    echo "$("$RADUNO_BIN" --version), $(uname -sr), $(nproc) cores, ${#rows[@]} rows of $seconds s," \
        "speech ${speech[*]:-by formula}, seed $seed" >&2
    for buffer in ${buffers//,/ }; do
        measure "$buffer"
    done
    for buffer in ${buffers//,/ }; do
        for index in "${!rows[@]}"; do
            cat "$work/row.$buffer.$index.json"
        done
    done >"$work/rows.jsonl"
    [ -z "$out" ] || cat "$work/rows.jsonl" >>"$out"
    node "$root/tests/bench/quality_table.mjs" "$work/rows.jsonl" || failed=1
    return "$failed"
}

main "$@"
