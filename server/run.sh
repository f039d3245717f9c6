#!/usr/bin/env bash
# run.sh [ARG...]: starts the server, with everything that is needed for it: installs the Debian
# packages that are missing, builds, and runs build/raduno in the foreground with conf/raduno.json.
# The arguments go to the server: server/run.sh --set sip.listen=udp:0.0.0.0:5070. Ctrl-C ends it.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=server/packages.sh
. server/packages.sh

install_missing "${build_packages[@]}"
configure build release
cmake --build build --target raduno
exec build/raduno --config conf/raduno.json "$@"
