# shellcheck shell=bash
# shellcheck disable=SC2034  # read by those who source this
# What backup.sh and restore.sh have in common: where the database is, and the programs. To be sourced by bash with
# `set -euo pipefail`.

# In the checkout the programs are those of the build; elsewhere they are in PATH.
build=$(dirname "${BASH_SOURCE[0]}")/../build/services
all_services=(outreach opinion deliberation volunteer exchange)
host='' port=3306 socket='' user='' password_file=''

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# database_option WORD: takes --host=, --port=, --socket=, --user= and --password-file=; fails for anything else.
database_option() {
  case $1 in
    --host=*) host=${1#*=} ;;
    --port=*) port=${1#*=} ;;
    --socket=*) socket=${1#*=} ;;
    --user=*) user=${1#*=} ;;
    --password-file=*) password_file=${1#*=} ;;
    *) return 1 ;;
  esac
}

# Gives the options to a client of MariaDB as its first one: a file, since `ps` shows command lines.
client_options() {
  [[ -n $host || -n $socket ]] || fail "where is the database? --host=… or --socket=…"
  printf '[client]\nuser=%s\n' "${user:-$(id -un)}"
  if [[ -n $socket ]]; then printf 'socket=%s\n' "$socket"; else printf 'host=%s\nport=%s\nprotocol=tcp\n' "$host" "$port"; fi
  if [[ -n $password_file ]]; then printf 'password=%s\n' "$(<"$password_file")"; fi
}

sql() { mariadb --defaults-file=<(client_options) --batch --skip-column-names "$@"; }

# The services whose schema is there, with tables in it.
services_there() {
  local there service
  there=$(sql --execute="SELECT table_schema FROM information_schema.tables WHERE table_name = 'event_log'")
  for service in "${all_services[@]}"; do
    ! grep -qx "$service" <<<"$there" || printf '%s\n' "$service"
  done
}

# verify_logs SERVICE…: every event log is whole, from its first event to its last.
verify_logs() {
  local service program endpoint=tcp://$host:$port
  [[ -z $socket ]] || endpoint=unix://$socket
  for service in "$@"; do
    program=$build/$service/$service
    [[ -x $program ]] || program=$(command -v "$service") || fail "the program $service is not there"
    "$program" verify-log --mysql_endpoint="$endpoint" --mysql_schema="$service" --mysql_user="${user:-$(id -un)}" \
      --mysql_password_file="$password_file" || fail "$service: its event log is broken"
  done
}
