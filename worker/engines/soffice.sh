#!/bin/sh
# Stands in for soffice where libreoffice-convert calls it (office.ts says why and sets the variables):
#  - the profile is the one made beforehand, not the empty one that the library offers as first argument;
#  - what LibreOffice prints goes to a file: the library takes any "error" on stderr for a failure;
#  - where this machine allows it, LibreOffice sees nothing but the system and its one folder, which is /job to it.
shift
program=$(command -v soffice || command -v libreoffice || ls /opt/libreoffice*/program/soffice 2>/dev/null | head -n 1)
[ -n "$program" ] || exit 127
# No core dumps, no endless files (blocks of 512 bytes: 4 GiB), and an end to what it may ask of memory
# (kibibytes: 4 GiB, a multiple of what honest documents need): a small file can unpack to any size.
ulimit -c 0
ulimit -f 8388608
ulimit -v 4194304
if [ -z "${OFFICE_CONFINE:-}" ]; then
  exec "$program" "-env:UserInstallation=$OFFICE_PROFILE_URL" "$@" >"$OFFICE_OUTPUT" 2>&1
fi
for argument do
  shift
  case $argument in "$OFFICE_FOLDER"/*) argument=/job${argument#"$OFFICE_FOLDER"} ;; esac
  set -- "$@" "$argument"
done
exec "$OFFICE_CONFINE" "$OFFICE_FOLDER" "$program" "-env:UserInstallation=file:///job/profile" "$@" \
  >"$OFFICE_OUTPUT" 2>&1
