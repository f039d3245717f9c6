# shellcheck shell=bash
# figures.sh - numbers of programs, processes and the server's metrics, to be sourced behind server.sh.

field() { # FILE KEY: a number of a program's JSON
    sed -n "s/.*\"$2\": \([-0-9.]*\).*/\1/p" "$1" | head -1
}

calc() { # EXPRESSION FORMAT
    awk "BEGIN { printf \"$2\", $1 }"
}

spread() { # FORMAT < values: min/median/max
    sort -n | awk -v f="$1" '{ v[NR] = $1 }
        END { if (NR) printf f "/" f "/" f, v[1], v[int((NR + 1) / 2)], v[NR] }'
}

median() { # FORMAT < values
    sort -n | awk -v f="$1" '{ v[NR] = $1 } END { if (NR) printf f, v[int((NR + 1) / 2)] }'
}

# shellcheck disable=SC2154 # rounds and work are the script's
values() { # KIND EXPRESSION: a line for each round of $work/KIND.ROUND; names in the expression are keys
    local round line key
    for round in $(seq "$rounds"); do
        line=$2
        # shellcheck disable=SC2013 # keys are words
        for key in $(grep -o '[a-z_]\{3,\}' <<<"$2"); do
            line=${line//$key/$(field "$work/$1.$round" "$key")}
        done
        calc "$line" '%f\n'
    done
}

rss_kib() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"
}

cpu_ticks() { # of 10 ms; the name in brackets may hold spaces
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

count_fds() {
    find "/proc/$1/fd" -mindepth 1 | wc -l
}

lateness() { # > "le count" of each bucket, so far
    bench_api /metrics | sed -n 's/^[a-z_]*lateness[a-z_]*_bucket{.*le="\([^"]*\)".*} \([0-9]*\).*/\1 \2/p'
}

# shellcheck disable=SC2154 # work is server.sh's
print_lateness() { # the bucket [ms] in which p50, p99, p99.9 of what is in $work/late lie
    awk '{ if (!($1 in sum)) order[++n] = $1; sum[$1] += $2 }
        END {
            split("0.5 0.99 0.999", share)
            total = n ? sum[order[n]] : 0
            for (s = 1; s <= 3; s++) {
                for (i = 1; i < n && sum[order[i]] < share[s] * total; i++)
                    ;
                le = order[i]
                text = text (s > 1 ? "/" : "") \
                    (total == 0 ? "-" : le == "+Inf" ? ">" order[n - 1] * 1000 : "<=" le * 1000)
            }
            print text
        }' "$work/late"
}
