#!/usr/bin/env bash
# Installs the Debian packages that building and testing need and that are not there yet. Without anything missing it asks no network and says nothing.
set -euo pipefail

if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then
    echo "usage: scripts/install-missing.sh [PACKAGE...]    PACKAGE: more packages to install where they are missing"
    exit 0
fi

# Headers of inotify, SQLite and zlib; reading the compressed test data; the demo, the benchmarks and the checks of formats.
packages=(libinotifytools0-dev libsqlite3-dev zlib1g-dev xz-utils python3 make git "$@")
# Asked of the python3 in PATH, which need not be Debian's, and may have the module from elsewhere.
python3 -c 'import jsonschema' 2> /dev/null || packages+=(python3-jsonschema)

if ! command -v swift > /dev/null; then
    echo "install-missing: no swift in PATH. Install Swift 6.3 or later from https://www.swift.org/install/linux/ and start again." >&2
    exit 1
fi

if ! command -v dpkg-query > /dev/null; then
    echo "install-missing: this is no Debian; make sure that the counterparts of these are there: ${packages[*]}" >&2
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
    [[ "$state" == installed ]] || missing+=("$package")
done
(( ${#missing[@]} )) || exit 0

as_root=()
if (( EUID != 0 )); then
    if ! command -v sudo > /dev/null; then
        echo "install-missing: missing: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "install-missing: installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${missing[@]}" > /dev/null
python3 -c 'import jsonschema' 2> /dev/null \
    || echo "install-missing: $(command -v python3) does not see the module jsonschema; tests of formats against their schemas are skipped" >&2
