#!/usr/bin/env bash
# Every source is as clang-format-14 would write it.
#
#   format.sh SOURCES
set -euo pipefail

cd "$1"
command -v clang-format-14 >/dev/null || { echo 'clang-format-14 is not installed; deploy/setup.sh installs it' >&2 && exit 1; }
mapfile -d '' files < <(find common deploy protos services tests -name node_modules -prune -o -name '*.cc' -print0 -o -name '*.h' -print0)
((${#files[@]} > 200)) || { echo 'the tree was not found' >&2 && exit 1; }
check() { clang-format-14 --dry-run -Werror "$@"; }
! check --assume-filename="$PWD/common/x.cc" <<<'int   x;' 2>/dev/null || { echo 'what is not formed was not seen' >&2 && exit 1; }
check "${files[@]}"
echo "${#files[@]} files are as they should be"
