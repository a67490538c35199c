#!/usr/bin/env bash
# Everything from a fresh clone: packages, build, then all tests by CTest, whose summary and exit code are the
# last word. Arguments go to CTest: tests/run.sh -L unit
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LANG=C.UTF-8 LC_ALL=C.UTF-8

started=$SECONDS
[[ ${FIRSTFLOOR_SKIP_SETUP:-} == 1 ]] || deploy/setup.sh
set_up=$SECONDS
cmake --preset release
cmake --build build
built=$SECONDS
printf '\nsetup %d s, build %d s; now the tests\n\n' $((set_up - started)) $((built - set_up))

exec ctest --test-dir build --output-on-failure -j2 "$@"
