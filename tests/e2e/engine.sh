#!/usr/bin/env bash
# Finds a container engine for the end-to-end tests, or sets one up, and sees that the action's base image is there.
#
# A Docker engine that answers is used as it is. Else podman, with a configuration and a storage of our own (never the
# machine's), installed by apt-get when we are root and it is missing. Where no image registry answers, the base image is
# built from Debian's packages: the same Debian, the same Python, at the same path.
#
# Progress goes to stderr; stdout gets NAME=value lines: ENGINE (docker, podman), CACHE (a folder), BASE (real, stand-in).
# Running it again is quick.
set -euo pipefail

cache=${FLOWSHIP_E2E_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/flowship-e2e}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=$(sed -n 's/^FROM \(python:[^@ ]*\).*/\1/p' "$here/../../Dockerfile" | head -n 1)
pinned=$(sed -n 's/^FROM \(python:[^ ]*\).*/\1/p' "$here/../../Dockerfile" | head -n 1)
export CONTAINERS_CONF=$cache/containers.conf
known=$cache/base-$(cat "${BASH_SOURCE[0]}" <(echo "$pinned") | cksum | cut -d ' ' -f 1) # anew when the recipe or the pin changes
mkdir -p "$cache"

say() { echo "e2e: $*" >&2; }

install_missing() { # PROGRAM… : Debian's package of the same name for each that is missing
    local program missing=()
    for program in "$@"; do command -v "$program" >/dev/null || missing+=("$program"); done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "no Docker engine answers, and ${missing[*]} cannot be installed here. Start Docker, or install: ${missing[*]}"
        exit 1
    fi
    say "installing ${missing[*]}"
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

configure_podman() { # runc and the host's network need no cgroup delegation, no rootless helpers and no CNI plug-ins
    cat >"$CONTAINERS_CONF" <<-'CONF'
	[containers]
	default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
	netns = "host"
	[engine]
	runtime = "runc"
	cgroup_manager = "cgroupfs"
	CONF
}

stand_in() { # the base image from Debian's packages
    local root=$cache/base release=${image##*-}
    install_missing debootstrap
    say "building a stand-in for $image (about a minute)"
    rm -rf "$root"
    debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates "$release" "$root" >"$cache/debootstrap.log" 2>&1 ||
        { tail -n 20 "$cache/debootstrap.log" >&2; exit 1; }
    ln -sf /usr/bin/python3 "$root/usr/local/bin/python"
    ln -sf /usr/bin/python3 "$root/usr/local/bin/python3"
    rm -rf "$root/usr/share/python-wheels"  # Debian's seat for ensurepip's pip; the real image has it where ensurepip is
    find "$root/usr/lib" -name '*.pyc' -delete  # the real image has none either: github.com/docker-library/python/issues/615
    # The host's certificates, so that an install from a mirror that the host trusts works inside too.
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    tar -C "$root" -c . | podman --root "$cache/storage" --runroot "$cache/run" import \
        -c 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - "docker.io/library/$image" >&2
    rm -rf "$root"
}

if command -v docker >/dev/null && timeout 20 docker info >/dev/null 2>&1; then
    docker image inspect "$pinned" >/dev/null 2>&1 || docker pull "$pinned" >&2
    docker tag "$pinned" "$image"
    printf 'ENGINE=docker\nCACHE=%s\nBASE=real\n' "$cache"
    exit
fi
install_missing podman buildah runc
configure_podman
base=$(cat "$known" 2>/dev/null || true)
if [ -z "$base" ] || ! podman --root "$cache/storage" --runroot "$cache/run" image exists "docker.io/library/$image"; then
    if timeout 300 podman --root "$cache/storage" --runroot "$cache/run" pull -q "docker.io/library/$pinned" >&2 2>"$cache/pull.log"; then
        podman --root "$cache/storage" --runroot "$cache/run" tag "docker.io/library/$pinned" "docker.io/library/$image"
        base=real
    else
        stand_in
        base=stand-in
    fi
    echo "$base" >"$known"
fi
printf 'ENGINE=podman\nCACHE=%s\nBASE=%s\n' "$cache" "$base"
