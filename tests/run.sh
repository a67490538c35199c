#!/usr/bin/env bash
# Everything from a fresh clone: packages, build, then all tests by CTest, whose summary and exit code are the
# last word. Arguments go to CTest: tests/run.sh -L unit
#
#   --mysql   (first) the integration and scenario tests only, on MySQL 9 instead of MariaDB; by hand, before a release
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LANG=C.UTF-8 LC_ALL=C.UTF-8

chosen=() setup=()
if [[ ${1:-} == --mysql ]]; then
  shift
  setup=(--mysql)
  chosen=(--label-regex 'integration|scenario' --exclude-regex "^($(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' tests/mysql/excluded | paste -sd '|'))$")
fi

started=$SECONDS
[[ ${FIRSTFLOOR_SKIP_SETUP:-} == 1 ]] || deploy/setup.sh "${setup[@]}"
set_up=$SECONDS
cmake --preset release
cmake --build build
built=$SECONDS
if ((${#setup[@]} > 0)); then
  export FIRSTFLOOR_TEST_MYSQL=$PWD/build/mysql
  tests/mysql/root.sh "$FIRSTFLOOR_TEST_MYSQL"
  printf '\non MySQL; left out, and why:\n'
  sed -n 's/^\([a-z][^ ]*\) /  \1: /p' tests/mysql/excluded
fi
printf '\nsetup %d s, build %d s; now the tests\n\n' $((set_up - started)) $((built - set_up))

exec ctest --test-dir build --output-on-failure -j2 "${chosen[@]}" "$@"
