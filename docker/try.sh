#!/usr/bin/env bash
# try.sh: builds the image and runs it, with real phones, without a Docker engine and without a
# registry: the base is made by debootstrap, built by buildah, run by podman with runc. As root, on
# Debian 12. It ends with 0 if the image does what docker/README.md says (tests/docker).
#
#   IMAGE_DIR=build/docker     where base, layers and containers are kept
#   STORAGE_DRIVER=overlay     vfs where the kernel has no overlay: slow, each layer is a copy
#   TWICE=1                    builds once more without the cache, and compares: takes minutes
#   STAGE=1                    builds the stage "test", too, which runs the unit tests: takes minutes
#
# Not part of the usual tests; by ctest: ctest --test-dir build -C docker -L '^docker$'
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=server/packages.sh
. server/packages.sh

folder=${IMAGE_DIR:-build/docker}
base=docker.io/library/debian:12-slim
mkdir -p "$folder"
folder=$(readlink -f "$folder")
driver=${STORAGE_DRIVER:-overlay}
options="--root $folder/$driver --runroot $folder/run-$driver --storage-driver $driver"
read -ra storage <<<"$options"
# These may have come from elsewhere than Debian.
command -v npm >/dev/null || test_packages+=(npm)
command -v kubectl >/dev/null || test_packages+=(kubernetes-client)
install_missing "${test_packages[@]}" buildah podman runc debootstrap nodejs docker-compose caddy prometheus coturn iproute2
npm install --prefix "$folder/npm" --ignore-scripts --no-audit --no-fund --silent kubernetes-models@4.5.1 yaml@2.9.1

# Limits that a machine without CAP_SYS_RESOURCE may set, and the host's network: a bridge would
# leave its rules behind.
cat >"$folder/containers.conf" <<'END'
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=8192:8192"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
END

make_base() {
    local root=$folder/rootfs container sources=/etc/apt/sources.list.d/debian.sources mirror
    mirror=$(sed -n 's/^URIs: *//p' $sources | head -n 1)
    say "makes the base image by debootstrap"
    [ -d "$root/etc/apt" ] || debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >/dev/null
    cp $sources "$root/etc/apt/sources.list.d/"
    : >"$root/etc/apt/sources.list"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,locale,man}/*
    container=$(buildah "${storage[@]}" from --pull-never scratch)
    buildah "${storage[@]}" add -q "$container" "$root" / >/dev/null
    buildah "${storage[@]}" config --cmd /bin/bash "$container"
    buildah "${storage[@]}" commit -q "$container" $base >/dev/null
    buildah "${storage[@]}" rm "$container" >/dev/null
}

# build TAG [OPTION...]
build() {
    local tag=$1
    shift
    BASE=$base BUILDAH_OPTIONS=$options BUD_OPTIONS="--isolation chroot --network host --pull-never $*" \
        docker/build.sh "$tag" >"$folder/build.log" 2>&1 || { tail -n 30 "$folder/build.log"; return 1; }
}

layers() {
    buildah "${storage[@]}" inspect --type image --format '{{range .OCIv1.RootFS.DiffIDs}}{{println .}}{{end}}' "$1"
}

buildah "${storage[@]}" inspect --type image $base >/dev/null 2>&1 || make_base
say "builds the image"
time build localhost/raduno
say "builds it again: every layer is there"
time build localhost/raduno
if [ -n "${TWICE:-}" ]; then
    say "builds it without the cache, and compares"
    build localhost/raduno-again --no-cache
    diff <(layers localhost/raduno) <(layers localhost/raduno-again) && say "the same layers"
fi
if [ -n "${STAGE:-}" ]; then
    say "builds the tests with what the image is built from, and runs them"
    build localhost/raduno-test --target test --ulimit nofile=16384:16384
    grep "tests passed" "$folder/build.log"
fi
export CONTAINERS_CONF=$folder/containers.conf RADUNO_PODMAN="podman $options" RADUNO_IMAGE=localhost/raduno RADUNO_NODE_MODULES=$folder/npm/node_modules
exec node --test tests/docker/
