#!/usr/bin/env bash
# build.sh [TAG]: builds the image with buildah, without a daemon; twice the same from one commit, as
# far as Debian's packages stay the same: dates are those of the commit. Like the Dockerfile, it
# works with docker, too: docker build --build-arg SOURCE_DATE_EPOCH=... -f docker/Dockerfile .
#
#   BASE=debian:12-slim         the image below; a name that is there already is not pulled
#   BUILDAH_OPTIONS=            before "bud": --root, --storage-driver ...
#   BUD_OPTIONS=                behind it: --no-cache, --isolation chroot, --target test ...
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-raduno}
read -ra buildah_options <<<"${BUILDAH_OPTIONS:-}"
read -ra bud_options <<<"${BUD_OPTIONS:-}"
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
version=$(sed -n 's/^project(raduno VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
exec buildah "${buildah_options[@]}" bud --layers --format docker --timestamp "$epoch" \
    --build-arg "BASE=${BASE:-debian:12-slim}" --build-arg "SOURCE_DATE_EPOCH=$epoch" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$(git rev-parse HEAD)" \
    "${bud_options[@]}" -t "$tag" -f docker/Dockerfile .
