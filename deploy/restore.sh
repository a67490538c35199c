#!/usr/bin/env bash
# Puts a backup back into a server that has none of the schemas, and verifies the event logs:
#
#   deploy/restore.sh --host=H [--port=P] --user=U --password-file=F FILE
#   deploy/restore.sh … --binlogs=FOLDER --until='2026-11-24 10:15:00' FILE
#   deploy/restore.sh --scratch FILE
#
#   --binlogs, --until   goes on from the backup with the old server's binary logs, to that moment (UTC)
#   --scratch            into a server of its own that is gone afterwards: to see whether the backup is good
#
# The programs must not run. Their accounts are not part of a backup: k8s/README.md says how they are made.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/database.sh
. "$here/database.sh"
# shellcheck source=deploy/scratch.sh
. "$here/scratch.sh"

use_scratch=false binlogs='' until='' file=''
for word in "$@"; do
  case $word in
    --scratch) use_scratch=true ;;
    --binlogs=*) binlogs=${word#*=} ;;
    --until=*) until=${word#*=} ;;
    --*) database_option "$word" || fail "unknown option $word; see the head of this script" ;;
    *) file=$word ;;
  esac
done
[[ -s $file ]] || fail "there is no backup \"$file\""
[[ -n $binlogs || -z $until ]] && [[ -z $binlogs || -n $until ]] || fail "--binlogs and --until belong together"

if $use_scratch; then
  start_scratch
  socket=$scratch/sock user=scratch
fi
mapfile -t there < <(services_there)
((${#there[@]} == 0)) || fail "the server has ${there[*]} already; a restore does not write over anything"
zcat "$file" | sql

# What the binary logs of the old server hold, from where the backup was taken.
if [[ -n $binlogs ]]; then
  read -r first position < <(zcat "$file" | head -n 60 |
    sed -nE "s/^-- CHANGE MASTER TO MASTER_LOG_FILE='([^']+)', MASTER_LOG_POS=([0-9]+);/\1 \2/p") ||
    fail "the backup does not say where it is in the binary logs"
  mapfile -t logs < <(find "$binlogs" -regex '.*\.[0-9]+$' | sort | awk -v first="$first" '{ n = split($0, part, "/") } part[n] >= first')
  ((${#logs[@]} > 0)) || fail "$first is not in $binlogs"
  TZ=UTC mariadb-binlog --no-defaults --start-position="$position" --stop-datetime="$until" "${logs[@]}" | sql
fi
mapfile -t services < <(services_there)
verify_logs "${services[@]}"
