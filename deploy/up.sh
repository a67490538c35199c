#!/usr/bin/env bash
# Brings the whole of FirstFloor up on this machine: packages, build, data, keys, programs. What is up already
# is left alone; a program that was built anew is restarted. A call that was killed is made good by the next.
#
#   FIRSTFLOOR_SKIP_SETUP=1   does not look for packages
#   FIRSTFLOOR_SKIP_BUILD=1   takes the programs as they are
#   FIRSTFLOOR_BUILD          the folder that they are built in; build of the checkout if not set
#   FIRSTFLOOR_SERVICES       "opinion …": only these programs
#   FIRSTFLOOR_STATE          the folder for data, keys and logs; .local of the checkout if not set
#   FIRSTFLOOR_PORT_OFFSET    is added to every port: a second suite, with a state of its own, beside the first
#   FIRSTFLOOR_MYSQL_PORT, FIRSTFLOOR_REDIS_PORT   13306 and 16379 with that offset if not set
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
# shellcheck source=deploy/data.sh
. "$here/data.sh"
# shellcheck source=deploy/keys.sh
. "$here/keys.sh"
# shellcheck source=deploy/services.sh
. "$here/services.sh"

build_programs() {
  cd "$root"
  [[ -f $build/build.ninja ]] || cmake --preset release >"$logs/build.log" 2>&1 || build_failed
  say "building (log: $logs/build.log)"
  cmake --build "$build" --target "${services[@]}" gateway firstfloor-token >>"$logs/build.log" 2>&1 || build_failed
}

build_failed() {
  tail -n 40 "$logs/build.log" >&2
  fail "the build failed; its log: $logs/build.log"
}

take_lock
[[ ${FIRSTFLOOR_SKIP_SETUP:-} == 1 ]] || "$here/setup.sh" --without-test-tools 9>&-
[[ ${FIRSTFLOOR_SKIP_BUILD:-} == 1 ]] || build_programs
start_mariadb
make_accounts
start_redis
make_certificates
make_keys
for service in "${services[@]}"; do start_service "$service"; done
for service in "${services[@]}"; do wait_for "$service" 60 is_ready "$service"; done
start_gateway
wait_for gateway 30 gateway_is_ready
print_table
