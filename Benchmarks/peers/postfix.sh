#!/usr/bin/env bash
# Runs Postfix in a root of its own, for peers.py: an overlay of / in memory, in mount, network and process namespaces of its own. Nothing is installed
# and no service is started on the machine.
#
#   unshare --mount --net --pid --fork Benchmarks/peers/postfix.sh ROOT PACKAGE.deb SPOOL MESSAGES BYTES SESSIONS [SETTING=VALUE...]
#
# ROOT is an empty directory, SPOOL the directory whose file system is measured: it becomes /var/spool/postfix. Prints the seconds from the start of smtp-source to the
# last message's discarding, and those to the last message's acceptance.
set -euo pipefail
root=$1 package=$2 spool=$3 messages=$4 bytes=$5 sessions=$6
shift 6

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir "$root"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" overlay "$root/root"
inner=$root/root
# Not dpkg-deb --extract, which puts a directory in the place of the link /lib.
dpkg-deb --fsys-tarfile "$package" | tar --extract --keep-directory-symlink --directory "$inner"
for name in proc dev run tmp; do mkdir -p "$inner/$name"; done
mount -t proc proc "$inner/proc"
mount --bind /dev "$inner/dev"
mount -t tmpfs tmpfs "$inner/run"
mount -t tmpfs -o mode=1777 tmpfs "$inner/tmp"
mkdir -p "$inner/var/spool/postfix"
mount --bind "$spool" "$inner/var/spool/postfix"
ip link set lo up 2> /dev/null || ifconfig lo up

# What the package's installation does.
grep -q ^postfix: "$inner/etc/group" || printf 'postfix:x:2525:\npostdrop:x:2526:\n' >> "$inner/etc/group"
grep -q ^postfix: "$inner/etc/passwd" || echo 'postfix:x:2525:2525::/var/spool/postfix:/usr/sbin/nologin' >> "$inner/etc/passwd"
cp "$inner/usr/share/postfix/main.cf.debian" "$inner/etc/postfix/main.cf"
cp "$inner/usr/share/postfix/master.cf.dist" "$inner/etc/postfix/master.cf" 2> /dev/null || true
grep -q '^smtp ' "$inner/etc/postfix/master.cf"
in_root() { chroot "$inner" "$@"; }
in_root postconf -e compatibility_level=3.6 myhostname=bench.example mydestination= mynetworks=127.0.0.0/8 inet_interfaces=127.0.0.1 inet_protocols=ipv4 \
    default_transport=discard relay_transport=discard alias_maps= alias_database= smtpd_relay_restrictions=permit_mynetworks,reject "$@"
# No service chrooted: there is nothing of theirs to copy into the spool.
in_root postconf -F '*/*/chroot=n'
in_root install -d -o postfix -g postfix -m 755 /var/lib/postfix
in_root postfix set-permissions > /dev/null 2>&1 || true
in_root postfix start > "$root/said" 2>&1 || { cat "$root/said" >&2; exit 1; }
trap 'in_root postfix stop > /dev/null 2>&1 || true' EXIT

for _ in $(seq 100); do (: < /dev/tcp/127.0.0.1/25) 2> /dev/null && break; sleep 0.1; done
# Two hundred that are not counted: the processes are there afterwards, as in a mail server that has work.
in_root smtp-source -s "$sessions" -m 200 -l "$bytes" -f a@bench.example -t b@elsewhere.example 127.0.0.1:25
waiting() { [[ -n $(find "$spool"/{maildrop,incoming,active,deferred} -type f -print -quit) ]]; }
while waiting; do sleep 0.05; done
sync --file-system "$spool"

begin=$EPOCHREALTIME
in_root smtp-source -s "$sessions" -m "$messages" -l "$bytes" -f a@bench.example -t b@elsewhere.example 127.0.0.1:25
accepted=$EPOCHREALTIME
while waiting; do sleep 0.02; done
finished=$EPOCHREALTIME
awk -v b="$begin" -v a="$accepted" -v f="$finished" 'BEGIN { printf "%.4f %.4f\n", f - b, a - b }'
in_root postconf -h mail_version
