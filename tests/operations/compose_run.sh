#!/usr/bin/env bash
# Starts the programs as deploy/compose.yaml says, from the image that image_build.sh has made, and makes calls through the gateway.
# Other than there: podman is told by compose_here.py instead of compose; MariaDB and Redis are this machine's, since their images
# cannot be pulled; and all is in one network, where the names of the containers mean the loopback.
#
#   compose_run.sh SOURCES FOLDER
set -euo pipefail

sources=$1 folder=$2
here=$(dirname "${BASH_SOURCE[0]}")
# A network of its own, so that the ports are those of the file whatever runs on this machine.
if [[ -z ${COMPOSE_RUN_NETWORK:-} && $EUID -eq 0 ]]; then
  export COMPOSE_RUN_NETWORK=1
  exec unshare --net "$0" "$@"
fi
. "$here/image_engine.sh"
ip link set lo up

fail() { echo "compose_run.sh: $*" >&2 && exit 1; }
file=$sources/deploy/compose.yaml
mapfile -t programs < <(cd "$sources/services" && for main in */main.cc; do dirname "$main"; done)
version=$(sed -nE 's/^project\(firstfloor VERSION ([^ )]+).*/\1/p' "$sources/CMakeLists.txt")
[[ $(grep -oE 'firstfloor:[0-9.]+$' "$file" | sort -u) == "firstfloor:$version" ]] || fail "the image is of another version"

# Secrets, as a reader of the file makes them.
export FIRSTFLOOR_STATE=$folder/compose
rm -rf "$FIRSTFLOOR_STATE"
"$sources/deploy/compose-secrets.sh" >/dev/null
keys=$FIRSTFLOOR_STATE/keys

# shellcheck source=deploy/scratch.sh
. "$sources/deploy/scratch.sh"
finish() {
  local code=$?
  ((code == 0)) || podman ps --all >&2
  podman rm --all --force --time=0 >/dev/null
  [[ -z ${redis_pid:-} ]] || kill "$redis_pid" 2>/dev/null || true
  stop_scratch
  exit "$code"
}
start_scratch --skip-networking=0 --bind-address=127.0.0.1 --port=3306 --skip-name-resolve=0
trap finish EXIT
mariadb --no-defaults --socket="$scratch/sock" --user=root <"$keys/accounts.sql"
redis-server "$sources/k8s/components/data/redis.conf" --bind 127.0.0.1 --dir "$scratch" --requirepass "$(<"$keys/redis")" \
  >"$scratch/redis.log" 2>&1 &
redis_pid=$!

mapfile -d '' -t services < <("$here/compose_here.py" "$file" programs)
expected=("${programs[@]}")
for program in "${programs[@]}"; do [[ $program == gateway ]] || expected+=("$program-migrate"); done
[[ $(printf '%s\n' "${services[@]}" | sort) == "$(printf '%s\n' "${expected[@]}" | sort)" ]] || fail "services: ${services[*]}"
# What the engine's network would know.
hosts=()
for name in mysql redis "${programs[@]}"; do hosts+=("--add-host=$name:127.0.0.1"); done
# run SERVICE OPTION…
run() {
  local words
  mapfile -d '' -t words < <("$here/compose_here.py" "$file" run "$1")
  podman run --name="$1" --pull=never --network=host "${hosts[@]}" "${@:2}" "${words[@]}"
}

# Programs first: they wait for their schema, and for each other.
for program in "${programs[@]}"; do run "$program" --detach >/dev/null; done
for program in "${programs[@]}"; do
  [[ $program == gateway ]] || run "$program-migrate" >/dev/null || fail "$program: migration failed"
done
deadline=$((SECONDS + 60))
for program in "${programs[@]}"; do
  until podman healthcheck run "$program" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { podman logs --tail 5 "$program" >&2 && fail "$program is not healthy"; }
    sleep 0.3
  done
  # As confined as the file says, seen from the engine and from the program's own process.
  [[ $(podman inspect --format '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.Memory}}' "$program") == "true 65532:65532 536870912" ]] ||
    fail "$program is not confined"
  status=/proc/$(podman inspect --format '{{.State.Pid}}' "$program")/status
  # Those that it has, and those that it could ever get: a user other than root has none of the former anyway.
  [[ $(grep -cP '^Cap(Eff|Bnd):\t0+$' "$status") == 2 ]] || fail "$program has capabilities"
  grep -qP '^NoNewPrivs:\t1$' "$status" || fail "$program may gain rights"
done

# An opinion is handed in and read again, through the gateway, with what the head of the file says.
token=$("$sources/deploy/token.sh" COMMUNITY_STAFF 340111400)
call() {
  curl --silent --show-error --max-time 15 --cacert "$FIRSTFLOOR_STATE/certs/ca/ca.crt" \
    -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@"
}
submit='{"opinion":{"area":"340111400001-CJ-07","channel":"OPINION_CHANNEL_HOTLINE","kind":"OPINION_KIND_PROBLEM","text":"The light in the stairwell is broken."}}'
answer=$(call --data "$submit" -H "Idempotency-Key: $(</proc/sys/kernel/random/uuid)" https://localhost:8080/v1/opinions)
name=$(jq --raw-output '.opinion.name // empty' <<<"$answer")
[[ $name == opinions/* ]] || fail "an opinion was not taken in: $answer"
listed=$(call 'https://localhost:8080/v1/opinions?area=340111400' | jq --raw-output '.opinions[].name')
[[ $listed == "$name" ]] || fail "what is listed is \"$listed\""

# A check that cannot fail would say nothing: one that asks where nobody is does.
podman exec gateway gateway ready --admin=127.0.0.1:9999 >/dev/null 2>&1 && fail "a program is ready that is not there"

for program in gateway "${programs[@]}"; do
  podman stop "$program" >/dev/null
  [[ $(podman inspect --format '{{.State.ExitCode}}' "$program") == 0 ]] || fail "$program did not end in order"
done
echo "compose.yaml: ${#programs[@]} programs healthy, an opinion handed in and listed through the gateway"
