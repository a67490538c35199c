#!/usr/bin/env bash
# A backup, changes after it, then an accident; what is put back ends just before the accident.
#
#   point_in_time.sh SOURCES BUILD
set -euo pipefail

sources=$1 build=$2
fail() { echo "point_in_time.sh: $*" >&2 && exit 1; }
# shellcheck source=deploy/scratch.sh
. "$sources/deploy/scratch.sh"

on_server() { mariadb --no-defaults --socket="$scratch/sock" --user=scratch --batch --skip-column-names "$@"; }
receipts() { on_server --execute='SELECT COUNT(*) FROM opinion.receipt'; }
add_receipts() {
  local i
  for ((i = $1; i <= $2; i++)); do printf 'INSERT INTO receipt VALUES (UNHEX(LPAD(%d, 32, 0)), UNHEX(LPAD(%d, 32, 0)));\n' "$i" "$i"; done |
    on_server opinion
}
expect() { [[ $2 == "$3" ]] || fail "$1: $2 instead of $3"; }

start_scratch --log-bin=binlog --binlog-format=ROW --sync-binlog=1
on_server --execute='CREATE DATABASE opinion CHARACTER SET utf8mb4'
"$build/services/opinion/opinion" migrate --mysql_endpoint="unix://$scratch/sock" --mysql_schema=opinion --mysql_user=scratch

add_receipts 1 10
"$sources/deploy/backup.sh" --socket="$scratch/sock" --user=scratch --drill "$scratch/backups"
add_receipts 11 25
on_server --execute='FLUSH BINARY LOGS'
add_receipts 26 30
sleep 1.1  # binary logs tell times by the second
moment=$(date -u '+%Y-%m-%d %H:%M:%S')
sleep 1.1
on_server --execute='DELETE FROM opinion.receipt'  # the accident
expect 'after the accident' "$(receipts)" 0

mkdir "$scratch/binlogs"
cp "$scratch"/data/binlog.[0-9]* "$scratch/binlogs"
on_server --execute='DROP DATABASE opinion'
backup=$(echo "$scratch"/backups/*.sql.gz)
"$sources/deploy/restore.sh" --socket="$scratch/sock" --user=scratch "$backup"
expect 'from the backup alone' "$(receipts)" 10
on_server --execute='DROP DATABASE opinion'
"$sources/deploy/restore.sh" --socket="$scratch/sock" --user=scratch --binlogs="$scratch/binlogs" --until="$moment" "$backup"
expect 'to the moment before the accident' "$(receipts)" 30
echo 'put back to the moment before the accident'
