#!/bin/sh
# confine.sh FOLDER COMMAND…: runs a program that sees nothing of this machine but system files, read-only, and FOLDER, as
# /job. It has no network, no other processes, no capabilities, and ends with whoever started it. Needs bubblewrap.
set -eu
folder=$1
shift
# Where /bin and the like are links into /usr (Debian since 12) they are links inside, too.
system=
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then
    system="$system --symlink $(readlink "/$name") /$name"
  elif [ -d "/$name" ]; then
    system="$system --ro-bind /$name /$name"
  fi
done
# shellcheck disable=SC2086
exec bwrap --unshare-all --die-with-parent --cap-drop ALL \
  --ro-bind /usr /usr $system --ro-bind-try /opt /opt \
  --ro-bind-try /etc/alternatives /etc/alternatives \
  --ro-bind-try /etc/fonts /etc/fonts \
  --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache \
  --ro-bind-try /etc/libreoffice /etc/libreoffice \
  --ro-bind-try /etc/passwd /etc/passwd \
  --ro-bind-try /var/cache/fontconfig /var/cache/fontconfig \
  --ro-bind-try /var/lib/libreoffice /var/lib/libreoffice \
  --proc /proc --dev /dev --tmpfs /tmp --bind "$folder" /job --remount-ro / \
  --chdir /job --setenv HOME /job --setenv TMPDIR /job \
  -- "$@"
