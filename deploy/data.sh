# shellcheck shell=bash
# shellcheck disable=SC2154  # set by lib.sh
# A private MariaDB and Redis on the loopback. To be sourced after lib.sh.

# shellcheck disable=SC2120  # wait_for passes arguments
mariadb_admin() { mariadb --no-defaults --socket="$mysql_socket" --user="$(id -un)" --batch "$@"; }

# What a killed call has begun here keeps the lock until it ends; it leaves mariadb.new only, which is replaced.
install_mariadb() {
  [[ -d $state/mariadb ]] && return
  say "MariaDB: preparing $state/mariadb"
  rm -rf "$state/mariadb.new"
  # --force: also where the machine's own name cannot be looked up.
  if ! mariadb-install-db --no-defaults --datadir="$state/mariadb.new" --user="$(id -un)" --skip-test-db --force \
    --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
    >"$logs/mariadb-install.log" 2>&1; then
    tail -n 15 "$logs/mariadb-install.log" >&2
    fail "MariaDB's data folder could not be made"
  fi
  mv "$state/mariadb.new" "$state/mariadb"
}

mariadb_command() {
  mariadb_arguments=("$(command -v mariadbd || echo /usr/sbin/mariadbd)" --no-defaults "--user=$(id -un)"
    "--datadir=$state/mariadb" "--socket=$mysql_socket" --bind-address=127.0.0.1 "--port=$mysql_port"
    "--pid-file=$state/mariadb/mariadbd.pid" --skip-name-resolve --skip-log-bin --max-connections=300
    --character-set-server=utf8mb4 --default-time-zone=+00:00 --local-infile=OFF
    "--sql-mode=STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
    --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=256M --innodb-lock-wait-timeout=2)
}

start_mariadb() {
  install_mariadb
  local mariadb_arguments
  mariadb_command
  if ! runs_as mariadb "${mariadb_arguments[@]}"; then
    stop_process mariadb 60
    must_be_free mariadb "$mysql_port"
    say "MariaDB: starting on 127.0.0.1:$mysql_port"
    start_process mariadb "${mariadb_arguments[@]}"
  fi
  wait_for mariadb 60 mariadb_admin --execute='SELECT 1'
}

# Where the accounts may come from.
account_host=127.0.0.1

# The account of the program may change rows only; the one that migrates may change tables too.
account_statements() {
  local service=$1 rows='SELECT, INSERT, UPDATE, DELETE' account
  local tables='CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW'
  printf "CREATE DATABASE IF NOT EXISTS \`%s\` CHARACTER SET utf8mb4;\n" "$service"
  for account in "$service" "${service}_migrate"; do
    printf "CREATE USER IF NOT EXISTS '%s'@'%s';\n" "$account" "$account_host"
    printf "ALTER USER '%s'@'%s' IDENTIFIED BY '%s';\n" "$account" "$account_host" "$(<"$keys/$account.mysql")"
  done
  printf "GRANT %s ON \`%s\`.* TO '%s'@'%s';\n" "$rows" "$service" "$service" "$account_host"
  printf "GRANT %s, %s ON \`%s\`.* TO '%s'@'%s';\n" "$rows" "$tables" "$service" "${service}_migrate" \
    "$account_host"
}

make_accounts() {
  local service
  # shellcheck disable=SC2119
  for service in "${services[@]}"; do
    make_secret "$keys/$service.mysql"
    make_secret "$keys/${service}_migrate.mysql"
    account_statements "$service"
  done | mariadb_admin
}

redis_cli() { REDISCLI_AUTH=$(<"$keys/redis") redis-cli -h 127.0.0.1 -p "$redis_port" "$@"; }
redis_answers() { [[ $(redis_cli PING) == PONG ]]; }

# Only a cache and a bell: nothing is written to disk, the oldest makes room.
redis_settings() {
  cat <<SETTINGS
bind 127.0.0.1
port $redis_port
dir $state/redis
requirepass $(<"$keys/redis")
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
set-proc-title no
SETTINGS
}

start_redis() {
  make_secret "$keys/redis"
  mkdir -p "$state/redis"
  if ! redis_settings | cmp -s - "$state/redis/redis.conf"; then
    stop_process redis
    redis_settings | write_whole "$state/redis/redis.conf"
  fi
  local arguments=("$(command -v redis-server)" "$state/redis/redis.conf")
  if ! runs_as redis "${arguments[@]}"; then
    stop_process redis
    must_be_free redis "$redis_port"
    say "Redis: starting on 127.0.0.1:$redis_port"
    start_process redis "${arguments[@]}"
  fi
  wait_for redis 20 redis_answers
}

is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

must_be_free() {
  ! is_listening "$2" || fail "port $2, wanted for $1, is taken by a process that is not ours"
}
