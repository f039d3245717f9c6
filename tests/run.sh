#!/usr/bin/env bash
# run.sh [LABEL...]: all tests, or those with these labels: unit lint process web unit-asan unit-tsan
# process-asan process-tsan fuzz. Installs the Debian packages that are missing, makes the builds
# that are wanted (build, build/asan, build/tsan, build/fuzz), puts what they take from npm into
# build/web, and ends with one ctest over all.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=server/packages.sh
. server/packages.sh

# True if a test with one of the labels $@ was asked for; without labels all are.
is_wanted() {
    local label
    for label in "${labels[@]}"; do
        [[ " $* " != *" $label "* ]] || return 0
    done
    [ "${#labels[@]}" -eq 0 ]
}

node_is_good() {
    node -e 'process.exit(parseInt(process.versions.node) < 18)' 2>/dev/null
}

# build FOLDER PRESET [OPTION...]
build() {
    say "builds $1"
    configure "$@"
    cmake --build "$1"
}

# What drives the browser and what makes clients, in the versions that tests/web/package-lock.json says.
install_npm_packages() {
    cmp -s tests/web/package-lock.json build/web/installed.json && return 0
    say "puts what tests take from npm into build/web"
    mkdir -p build/web
    cp tests/web/package.json tests/web/package-lock.json build/web/
    npm ci --prefix build/web --ignore-scripts --no-audit --no-fund --silent
    cp tests/web/package-lock.json build/web/installed.json
}

labels=("$@")
node_is_good || test_packages+=(nodejs)
if is_wanted web process && ! command -v npm >/dev/null; then test_packages+=(npm); fi
install_missing "${build_packages[@]}" "${test_packages[@]}"

if is_wanted unit-asan process-asan; then build build/asan asan; fi
if is_wanted unit-tsan process-tsan; then build build/tsan tsan; fi
if is_wanted fuzz; then build build/fuzz fuzz; fi
build build release -DRADUNO_ALL_BUILDS=ON
if is_wanted web process; then install_npm_packages; fi

# ThreadSanitizer of gcc 12 needs addresses that are less random than some kernels make them.
unrandom=()
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] && setarch -R true 2>/dev/null; then
    unrandom=(setarch -R)
fi
choice=()
if [ "${#labels[@]}" -gt 0 ]; then
    choice=(-L "^($(IFS='|' && echo "${labels[*]}"))\$")
fi
# Process tests mostly wait for real time to pass: several fit on a core.
jobs=$(($(nproc) * 3))
exec "${unrandom[@]}" ctest --test-dir build --output-on-failure --no-tests=error -j "$jobs" "${choice[@]}" </dev/null
