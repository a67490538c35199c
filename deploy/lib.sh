# shellcheck shell=bash
# shellcheck disable=SC2034  # read by those who source this
# What the scripts of deploy/ share: where things are, one lock, files that appear whole, and processes that
# are ours. To be sourced by bash with `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${FIRSTFLOOR_BUILD:-$root/build}
state=${FIRSTFLOOR_STATE:-$root/.local}
keys=$state/keys
certs=$state/certs
run=$state/run
logs=$state/log
tools=$state/tools

# Added to every port, so that a second suite can run beside the first.
port_offset=${FIRSTFLOOR_PORT_OFFSET:-0}
mysql_port=${FIRSTFLOOR_MYSQL_PORT:-$((13306 + port_offset))}
redis_port=${FIRSTFLOOR_REDIS_PORT:-$((16379 + port_offset))}
mysql_socket=$run/mariadb.sock
issuer=firstfloor-local
audience=firstfloor
token_program=$build/deploy/firstfloor-token

declare -A service_port=([outreach]=$((7001 + port_offset)) [opinion]=$((7002 + port_offset))
  [deliberation]=$((7003 + port_offset)) [volunteer]=$((7004 + port_offset)))
gateway_port=$((8080 + port_offset))
read -ra services <<<"${FIRSTFLOOR_SERVICES:-outreach opinion deliberation volunteer}"

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

port_of() { printf '%s' "${service_port[$1]:?no such service: $1}"; }
admin_port_of() { printf '%s' "$(($(port_of "$1") + 2000))"; }
program_of() { printf '%s' "$build/services/$1/$1"; }

make_state() {
  (umask 077 && mkdir -p "$state" "$keys" "$certs" "$run" "$logs")
  # MariaDB's and the kernel's limit of a socket's path is 107 bytes.
  ((${#mysql_socket} <= 100)) || fail "the path of $mysql_socket is too long for a socket; set FIRSTFLOOR_STATE"
}

# Holds the lock until the script ends. A folder that `down.sh --purge` removed meanwhile is made anew.
take_lock() {
  while true; do
    make_state
    exec 9>"$state/lock"
    flock --nonblock 9 || { say "waiting for another call that works on $state" && flock 9; }
    [[ $state/lock -ef /proc/self/fd/9 ]] && return
  done
}

# write_whole FILE: standard input becomes FILE at once or not at all, readable by its owner only.
write_whole() {
  (umask 077 && cat >"$1.new")
  mv -f "$1.new" "$1"
}

make_secret() {
  [[ -s $1 ]] || openssl rand -hex 24 | write_whole "$1"
}

# The start time of a process tells it from a later one with the same number.
start_time_of() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  stat=${stat##*) }
  awk '{ print $20 }' <<<"$stat"
}

# pid_of NAME: the process that we started as NAME, if it still runs.
pid_of() {
  local pid started now
  [[ -s $run/$1.pid ]] || return 1
  read -r pid started <"$run/$1.pid" || return 1
  now=$(start_time_of "$pid") || return 1
  [[ $now == "$started" ]] && ! is_zombie "$pid" && printf '%s' "$pid"
}

is_zombie() { grep -qs '^State:[[:space:]]Z' "/proc/$1/status"; }

# start_process NAME PROGRAM ARGUMENT…: in the background, its output in the log folder. The process itself
# notes its number before it becomes PROGRAM, so that none is ever lost.
start_process() {
  local name=$1
  shift
  # shellcheck disable=SC2016  # expanded by the inner shell
  setsid bash -c '
    stat=$(<"/proc/$$/stat")
    set -- "$1" $$ "$(awk "{ print \$20 }" <<<"${stat##*) }")" "${@:2}"
    printf "%s %s\n" "$2" "$3" >"$1.new" && mv -f "$1.new" "$1"
    exec "${@:4}"' start "$run/$name.pid" "$@" </dev/null >>"$logs/$name.log" 2>&1 9>&- &
  disown
}

# runs_as NAME PROGRAM ARGUMENT…: NAME runs from this very file with these very arguments.
runs_as() {
  local pid
  pid=$(pid_of "$1") || return 1
  shift
  [[ /proc/$pid/exe -ef $(command -v "$1") ]] || return 1
  cmp -s "/proc/$pid/cmdline" <(printf '%s\0' "$@")
}

# stop_process NAME [SECONDS]: asks, waits, then kills.
stop_process() {
  local name=$1 patience=${2:-40} pid deadline
  if pid=$(pid_of "$name"); then
    kill -TERM "$pid" 2>/dev/null || true
    deadline=$((SECONDS + patience))
    while pid_of "$name" >/dev/null && ((SECONDS < deadline)); do sleep 0.05; done
    if pid_of "$name" >/dev/null; then
      say "$name did not stop in $patience s: killed"
      kill -KILL "$pid" 2>/dev/null || true
      while pid_of "$name" >/dev/null; do sleep 0.05; done
    fi
  fi
  rm -f "$run/$name.pid" "$run/$name.pid.new"
}

# wait_for NAME SECONDS COMMAND…: until COMMAND succeeds; fails with the end of NAME's log when the process
# is gone or the time is over.
wait_for() {
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    sleep 0.1
    if ((SECONDS >= deadline)) || { [[ -e $run/$name.pid ]] && ! pid_of "$name" >/dev/null; }; then
      tail -n 15 "$logs/$name.log" >&2 || true
      fail "$name is not ready; its log: $logs/$name.log"
    fi
  done
}
