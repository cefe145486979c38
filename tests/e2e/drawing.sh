#!/usr/bin/env bash
# Sees that there is what the end-to-end tests need of JavaScript: node, the packages of drawing/package-lock.json, and Debian's Chromium,
# which draws graphs.
#
# Progress goes to stderr; stdout gets NAME=value lines: FOLDER (has the node_modules), CHROMIUM (a program), OPENAPI (GitHub's description
# of its API, a file). Running it again is quick.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${FLOWSHIP_E2E_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/flowship-e2e}
folder=$cache/drawing-$(cat "$here/drawing/package-lock.json" | cksum | cut -d ' ' -f 1)

say() { echo "e2e: $*" >&2; }

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

missing=()
command -v npm >/dev/null || missing+=(npm)
[ -n "$(browser)" ] || missing+=(chromium)
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "missing, and cannot be installed here: ${missing[*]}"
        exit 1
    fi
    say "installing ${missing[*]}"
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
fi
if [ ! -e "$folder/.ready" ]; then
    say "installing packages from npm (half a minute)"
    mkdir -p "$folder"
    cp "$here/drawing/package.json" "$here/drawing/package-lock.json" "$folder/"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent >&2
    touch "$folder/.ready"
fi
printf 'FOLDER=%s\nCHROMIUM=%s\n' "$folder" "$(browser)"
printf 'OPENAPI=%s\n' "$folder/node_modules/@octokit/openapi/generated/api.github.com.json"
