# shellcheck shell=bash
# packages.sh - which Debian packages are needed, how they get here, how a build is prepared. Read
# by server/run.sh, tests/run.sh and docker/Dockerfile, in the root of the project.

# To build and run the server.
# shellcheck disable=SC2034 # used by those who read this file
build_packages=(
    gcc libc6-dev cmake ninja-build pkgconf
    libsofia-sip-ua-dev libjansson-dev libmicrohttpd-dev libgnutls28-dev libsqlite3-dev libssl-dev nettle-dev
    libopus-dev libspeexdsp-dev
    libgsm1-dev libspeex-dev libbcg729-dev libopencore-amrnb-dev libopencore-amrwb-dev libvo-amrwbenc-dev
    libavformat-dev libavcodec-dev libswresample-dev libavutil-dev
    libx264-dev libvpx-dev libaom-dev libyuv-dev libpango1.0-dev libmagic-dev poppler-utils
    libcurl4-openssl-dev libc-ares-dev ca-certificates
    espeak-ng
)

# To test it: unit tests, the phones, the browser and the HTTP client that call it, fuzzing and format.
# shellcheck disable=SC2034
test_packages=(
    libcmocka-dev libsrtp2-dev
    sip-tester baresip baresip-ffmpeg linphone-cli twinkle-console kamailio python3-aiortc ffmpeg curl jq openssl stunnel4 tshark nsd
    chromium
    clang libclang-rt-14-dev clang-format shellcheck clamav-daemon
)

# What a built server needs to run (docker/Dockerfile).
# shellcheck disable=SC2034
runtime_packages=(
    libsofia-sip-ua0 libjansson4 libmicrohttpd12 libgnutls30 libsqlite3-0 libssl3 libnettle8
    libopus0 libspeexdsp1
    libgsm1 libspeex1 libbcg729-0 libopencore-amrnb0 libopencore-amrwb0 libvo-amrwbenc0
    libavformat59 libavcodec59 libswresample4 libavutil57
    libx264-164 libvpx7 libaom3 libyuv0 libpangocairo-1.0-0 fonts-dejavu-core libmagic1 poppler-utils
    libcurl4 libc-ares2 ca-certificates
)

say() {
    printf 'raduno: %s\n' "$*"
}

# Those of the packages $@ that are not installed. dpkg-query says so of each it has never heard
# of, and ends with 1: that is no error here.
missing_packages() {
    local package installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ' "$@" 2>/dev/null) || true
    for package; do
        [[ " $installed" == *" installed $package "* ]] || printf '%s ' "$package"
    done
}

# Runs a command as root: directly or with sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "this has to be done as root, and there is no sudo: $*" >&2
        return 1
    fi
}

# Installs those of the packages $@ that are not there. Without Debian it only says what it wants.
install_missing() {
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian system; these packages or their like have to be there: $*"
        return 0
    fi
    local missing
    read -ra missing <<<"$(missing_packages "$@")"
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installs ${#missing[@]} Debian packages and what they need (1 to 3 minutes): ${missing[*]}"
    as_root apt-get -qq -o Acquire::Retries=3 update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install "${missing[@]}" >/dev/null
}

# configure FOLDER PRESET [-DNAME=VALUE...]: prepares a build folder, unless it is prepared for
# this checkout and these options already. Changed CMake files are noticed by the build itself.
configure() {
    local folder=$1 preset=$2 fresh=() option is_ready=yes
    shift 2
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
        fresh=(--fresh)
    fi
    for option; do
        grep -qsx "${option/#-D/}" <(sed 's/:[A-Z]*=/=/' "$folder/CMakeCache.txt" 2>/dev/null) || is_ready=no
    done
    if [ "${#fresh[@]}" -eq 0 ] && [ -f "$folder/build.ninja" ] && [ $is_ready = yes ]; then
        return 0
    fi
    mkdir -p "$folder"
    if ! cmake "${fresh[@]}" --preset "$preset" "$@" >"$folder/configure.log" 2>&1; then
        cat "$folder/configure.log" >&2
        return 1
    fi
}
