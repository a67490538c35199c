#!/usr/bin/env bash
# Writes a backup of all services' schemas, taken at one moment while they go on working:
#
#   deploy/backup.sh --host=H [--port=P] --user=U --password-file=F [--drill] [--keep=N] FOLDER
#   deploy/backup.sh --socket=S FOLDER
#
#   --drill    restores it at once into a scratch server and verifies the event logs; a backup that does not pass is not kept
#   --keep=N   removes all but the N newest afterwards
#
# The account needs SELECT, SHOW VIEW, TRIGGER, and RELOAD and BINLOG MONITOR (its place in the binary log, if there is one, is
# noted for restoring to a later moment). The file holds personal data sealed, and what is not personal in plain: keep it as the
# database is kept. The keys (Secrets *-privacy) are not in it: without them the sealed part is lost.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/database.sh
. "$here/database.sh"

keep=0 drill=false folder=''
for word in "$@"; do
  case $word in
    --keep=*) keep=${word#*=} ;;
    --drill) drill=true ;;
    --*) database_option "$word" || fail "unknown option $word; see the head of this script" ;;
    *) folder=$word ;;
  esac
done
[[ -n $folder && $keep =~ ^[0-9]+$ ]] || fail "usage: see the head of this script"
mkdir -p "$folder"

mapfile -t services < <(services_there)
((${#services[@]} > 0)) || fail "no service has its schema there"
place=()
[[ $(sql --execute='SELECT @@log_bin') != 1 ]] || place=(--master-data=2)

file=$folder/firstfloor-$(date -u +%Y%m%dT%H%M%SZ).sql.gz
umask 077
trap 'rm -f "$file.part"' EXIT
mariadb-dump --defaults-file=<(client_options) --single-transaction --quick --hex-blob --skip-tz-utc --triggers --routines \
  --default-character-set=utf8mb4 "${place[@]}" --databases "${services[@]}" | gzip --fast >"$file.part"
gzip --test "$file.part"
zcat "$file.part" | tail -n 1 | grep -q '^-- Dump completed' || fail "the dump is not complete"
if $drill; then "$here/restore.sh" --scratch "$file.part"; fi
mv "$file.part" "$file"
if ((keep > 0)); then
  find "$folder" -maxdepth 1 -name 'firstfloor-*.sql.gz' -print0 | sort -rz | tail -zn "+$((keep + 1))" | xargs -0r rm -f
fi
printf '%s: %s of %s\n' "$file" "$(du -h "$file" | cut -f 1)" "${services[*]}"
