#!/usr/bin/env bash
# Packs a program into orderd_VERSION_ARCHITECTURE.deb, with what belongs to it. Needs dpkg-dev; runs as anybody.
set -euo pipefail

usage="usage: packaging/debian/build.sh PROGRAM DIRECTORY [--version VERSION] [--ledger-since VERSION] [--fast]
PROGRAM: a release build that needs no Swift (make deb). DIRECTORY: where the package goes.
--version, --ledger-since: for trials of upgrades; else the program's own, and what packaging/debian/ledger-since says.
--fast: compress quickly, for trials."
if [[ $# -lt 2 || "$1" == -h || "$1" == --help ]]; then echo "$usage"; exit 64; fi
program=$(realpath "$1")
target=$(realpath "$2")
shift 2
top=$(cd "$(dirname "$0")/../.." && pwd)
here="$top/packaging/debian"
version=$("$program" --version)
since=$(cat "$here/ledger-since")
compression=(-Zxz)
while (( $# )); do
    case "$1" in
        --version) version=$2; shift ;;
        --ledger-since) since=$2; shift ;;
        --fast) compression=(-Zgzip -z1) ;;
        *) echo "$usage" >&2; exit 64 ;;
    esac
    shift
done
architecture=$(dpkg --print-architecture)
# The same sources give the same package: times are those of the last commit.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2> /dev/null || date +%s)}
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/orderd"
put() { install -D -m "$1" "$2" "$root/$3"; }

put 755 "$program" usr/bin/orderd
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/orderd"
if ldd "$root/usr/bin/orderd" | grep -E 'libswift|libFoundation|lib_Foundation|not found'; then
    echo "build.sh: $program needs Swift's libraries at run time; build it with --static-swift-stdlib" >&2
    exit 1
fi

put 644 "$top/etc/systemd/orderd.service" usr/lib/systemd/system/orderd.service
put 644 "$top/etc/sysusers.d/orderd.conf" usr/lib/sysusers.d/orderd.conf
put 644 "$top/etc/tmpfiles.d/orderd.conf" usr/lib/tmpfiles.d/orderd.conf
put 644 "$top/etc/sysctl.d/orderd.conf" usr/lib/sysctl.d/orderd.conf
put 644 "$top/etc/ssh/sshd_config.d/orderd.conf" etc/ssh/sshd_config.d/orderd.conf
# What is declared, for `orderd doctor` to compare with.
for file in systemd/orderd.service sysusers.d/orderd.conf tmpfiles.d/orderd.conf sysctl.d/orderd.conf ssh/sshd_config.d/orderd.conf; do
    put 644 "$top/etc/$file" "usr/share/orderd/etc/$file"
done
# The spool is named, so that every verb finds it wherever it is run.
put 644 "$top/etc/orderd.yaml" etc/orderd/orderd.yaml
sed -i 's|^  #directory: spool$|  directory: /var/spool/orderd|' "$root/etc/orderd/orderd.yaml"
grep -q '^  directory: /var/spool/orderd$' "$root/etc/orderd/orderd.yaml"

doc=usr/share/doc/orderd
for page in "$top"/docs/*.md "$top/CHANGELOG.md"; do
    put 644 "$page" "$doc/$(basename "$page")"
done
for file in metadata.yaml plugins/orderd_views.py; do put 644 "$top/etc/datasette/$file" "usr/share/orderd/etc/datasette/$file"; done
put 755 "$top/etc/datasette/serve.sh" usr/share/orderd/etc/datasette/serve.sh
put 644 "$top/etc/prometheus/orderd.rules.yml" usr/share/orderd/etc/prometheus/orderd.rules.yml
put 644 "$top/etc/grafana/orderd.json" usr/share/orderd/etc/grafana/orderd.json
for schema in "$top"/etc/schema/*.json; do put 644 "$schema" "usr/share/orderd/schema/$(basename "$schema")"; done
for template in "$top"/etc/templates/*.mustache; do put 644 "$template" "usr/share/orderd/templates/$(basename "$template")"; done
put 644 "$here/copyright" "$doc/copyright"
put 644 "$here/lintian-overrides" usr/share/lintian/overrides/orderd
sed "s|@VERSION@|$version|; s|@DATE@|$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")|" "$here/changelog" > "$work/changelog"
put 644 "$work/changelog" "$doc/changelog"
"$program" generate "$root/usr/share" > /dev/null
# It is read by a shell, never run.
sed -i '1{/^#!/d}' "$root/usr/share/bash-completion/completions/orderd"
find "$root/$doc" -type f ! -name copyright -exec gzip -9n {} +
find "$root/usr/share/man" -type f -exec gzip -9n {} +

# What the program needs of Debian, with the versions that it needs.
mkdir -p "$work/debian"
printf 'Source: orderd\n\nPackage: orderd\nArchitecture: any\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "$root/usr/bin/orderd" 2> /dev/null | sed -n 's/^shlibs:Depends=//p')

mkdir -m 755 "$root/DEBIAN"
size=$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f1)
sed "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@SIZE@|$size|; s|@DEPENDS@|$depends|" "$here/control" > "$root/DEBIAN/control"
for script in postinst prerm postrm; do
    sed "s|@VERSION@|$version|g; s|@LEDGER_SINCE@|$since|g" "$here/$script" > "$root/DEBIAN/$script"
    chmod 755 "$root/DEBIAN/$script"
done
(cd "$root" && find etc -type f | sort | sed 's|^|/|') > "$root/DEBIAN/conffiles"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/conffiles" "$root/DEBIAN/md5sums" "$root/DEBIAN/control"

find "$root" -depth -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "${compression[@]}" "$root" "$target/orderd_${version}_${architecture}.deb" > /dev/null
echo "$target/orderd_${version}_${architecture}.deb"
