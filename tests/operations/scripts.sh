#!/usr/bin/env bash
# What a newcomer does by the scripts of deploy/: bring the suite up, bring it up again, call it with a token, take it
# down, bring it up with what it kept, and purge it. Beside a suite that runs already: with ports and data of its own.
#
#   scripts.sh SOURCES BUILD
set -euo pipefail

sources=$1
folder=$(mktemp -d)
export FIRSTFLOOR_STATE=$folder/state FIRSTFLOOR_BUILD=$2 FIRSTFLOOR_PORT_OFFSET=10000
export FIRSTFLOOR_SKIP_SETUP=1 FIRSTFLOOR_SKIP_BUILD=1
unset FIRSTFLOOR_MYSQL_PORT FIRSTFLOOR_REDIS_PORT FIRSTFLOOR_SERVICES
gateway=http://127.0.0.1:18080/v1/opinions
area=340111400001-CJ-07
programs=(mariadb redis outreach opinion deliberation volunteer gateway)

fail() { echo "scripts.sh: $*" >&2 && exit 1; }
expect() { [[ $2 == "$3" ]] || fail "$1: \"$2\" instead of \"$3\""; }
clean_up() {
  "$sources/deploy/down.sh" --purge >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap clean_up EXIT

up() { "$sources/deploy/up.sh" >"$folder/up.log" 2>&1 || { cat "$folder/up.log" >&2 && fail 'up.sh failed'; }; }
# NUMBER of each program, as up.sh noted them.
processes() {
  local name
  for name in "${programs[@]}"; do cut -d ' ' -f 1 "$FIRSTFLOOR_STATE/run/$name.pid" 2>/dev/null || fail "$name does not run"; done
}
# One that has ended and waits to be counted by its parent is gone.
must_be_gone() {
  local number
  for number in "$@"; do
    ! grep -qs '^State:[[:space:]][^Z]' "/proc/$number/status" || fail "process $number ($(<"/proc/$number/comm")) is still there"
  done
}
# ask STATUS CURL'S ARGUMENTS…: prints the answer, whose status must be STATUS.
ask() {
  local status
  status=$(curl --silent --max-time 15 --output "$folder/answer" --write-out '%{http_code}' "${@:2}") || fail "curl ${*: -1}: $?"
  [[ $status == "$1" ]] || fail "${*: -1}: $status instead of $1: $(<"$folder/answer")"
  cat "$folder/answer"
}
find_by_receipt() {
  ask 200 --header 'Content-Type: application/json' --data "{\"receiptCode\": \"$receipt\"}" "$gateway:byReceipt" | jq --raw-output .state
}

up
mapfile -t first < <(processes)
expect 'programs that run' "${#first[@]}" "${#programs[@]}"

up
mapfile -t second < <(processes)
expect 'the processes after a second call' "${second[*]}" "${first[*]}"

token=$("$sources/deploy/token.sh" RESIDENT "$area")
opinion='{"opinion": {"area": "'$area'", "channel": "OPINION_CHANNEL_APP", "kind": "OPINION_KIND_PROBLEM", "text": "信箱旁的灯不亮了。"}}'
submit=(--header 'Content-Type: application/json' --data "$opinion" "$gateway")
ask 401 "${submit[@]}" >/dev/null
receipt=$(ask 200 --header "Authorization: Bearer $token" --header "Idempotency-Key: $(</proc/sys/kernel/random/uuid)" \
  "${submit[@]}" | jq --raw-output .receiptCode)
expect 'the opinion by its receipt' "$(find_by_receipt)" OPINION_STATE_RECEIVED

by_grpc=$("$sources/deploy/call.sh" - - opinion.v1.OpinionService/GetOpinionByReceipt "{\"receipt_code\": \"$receipt\"}")
expect 'the opinion by gRPC' "$(jq --raw-output .state <<<"$by_grpc")" OPINION_STATE_RECEIVED

"$sources/deploy/down.sh" >/dev/null
must_be_gone "${first[@]}"
up
mapfile -t third < <(processes)
expect 'the opinion after a night' "$(find_by_receipt)" OPINION_STATE_RECEIVED

"$sources/deploy/down.sh" --purge >/dev/null
must_be_gone "${third[@]}"
[[ ! -e $FIRSTFLOOR_STATE ]] || fail "$FIRSTFLOOR_STATE is still there"
expect 'a second purge' "$("$sources/deploy/down.sh" --purge)" "nothing runs: $FIRSTFLOOR_STATE does not exist"
echo 'up twice, called, down, up with what was kept, purged'
