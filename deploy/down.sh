#!/usr/bin/env bash
# Stops what up.sh started, and nothing else. --purge also removes data, keys and logs.
set -euo pipefail

# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -eq 0 || ($# -eq 1 && $1 == --purge) ]] || fail "usage: down.sh [--purge]"

stop_all() {
  local file name
  # The programs first, each of them at the same time; then what they stand on.
  for file in "$run"/*.pid; do
    name=$(basename "$file" .pid)
    case $name in
      '*' | mariadb | redis) ;;
      *) stop_and_say "$name" & ;;
    esac
  done
  wait
  stop_and_say redis
  stop_and_say mariadb 60
}

stop_and_say() {
  local running=stopped
  pid_of "$1" >/dev/null || running='was not running'
  stop_process "$@"
  say "$1: $running"
}

[[ -d $state ]] || { say "nothing runs: $state does not exist" && exit 0; }
take_lock
stop_all
if [[ ${1:-} == --purge ]]; then
  rm -rf "$state"
  say "removed $state"
fi
