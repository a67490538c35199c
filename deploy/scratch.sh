# shellcheck shell=bash
# A private MariaDB that is gone with the script. To be sourced by bash with `set -euo pipefail`.

# start_scratch OPTION…: makes a folder `scratch` with a running server, that only the socket $scratch/sock leads to; its account
# is scratch, without a password.
start_scratch() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/firstfloor-scratch-XXXXXX")
  trap stop_scratch EXIT
  mkdir "$scratch/tmp"
  local server as=()
  server=$(command -v mariadbd || echo /usr/sbin/mariadbd)
  ((EUID != 0)) || as=(--user=root)
  mariadb-install-db --no-defaults --datadir="$scratch/data" --skip-test-db --auth-root-authentication-method=normal --force \
    "${as[@]}" >"$scratch/log" 2>&1 || { tail -n 15 "$scratch/log" >&2 && fail "no scratch server could be made"; }
  "$server" --no-defaults --datadir="$scratch/data" --socket="$scratch/sock" --pid-file="$scratch/pid" --tmpdir="$scratch/tmp" \
    --skip-networking --skip-log-bin --character-set-server=utf8mb4 --default-time-zone=+00:00 \
    --innodb-flush-log-at-trx-commit=0 --max-allowed-packet=64M "${as[@]}" "$@" >>"$scratch/log" 2>&1 &
  local deadline=$((SECONDS + 60))
  until mariadb --no-defaults --socket="$scratch/sock" --user=root --execute='CREATE USER scratch; GRANT ALL ON *.* TO scratch' 2>/dev/null; do
    ((SECONDS < deadline)) || { tail -n 15 "$scratch/log" >&2 && fail "the scratch server does not start"; }
    sleep 0.2
  done
}

stop_scratch() {
  [[ ! -s $scratch/pid ]] || kill "$(<"$scratch/pid")" 2>/dev/null || true
  wait
  rm -rf "$scratch"
}
