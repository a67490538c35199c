#!/usr/bin/env bash
# The protos break nobody who was made for those of the last release, by the rules of protos/buf.yaml. A release is a tag
# of the form v1.2.3; before the first there is nothing to compare with, and only that buf sees a break is tried.
#
#   buf_breaking.sh SOURCES GOOGLEAPIS
set -euo pipefail

sources=$1 googleapis=$2
fail() { echo "buf_breaking.sh: $*" >&2 && exit 1; }
buf=$sources/tests/tools/node_modules/.bin/buf
[[ -x $buf ]] || fail 'buf is not installed; deploy/setup.sh installs it'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder BUF_CACHE_DIR=$folder/.cache

# with_google FOLDER: adds what the protos import from Google.
with_google() {
  local file
  for file in google/api/annotations.proto google/api/http.proto google/rpc/status.proto google/rpc/error_details.proto \
    google/rpc/code.proto; do
    [[ -e $1/$file ]] || install -D "$googleapis/$file" "$1/$file"
  done
}
breaks_nothing() { (cd "$1" && "$buf" breaking --against "$2"); }

cp -r "$sources/protos" "$folder/now"
with_google "$folder/now"
cp -r "$folder/now" "$folder/less"
sed -i '/ string receipt_code = 1 /d' "$folder/less/firstfloor/opinion/v1/opinion_service.proto"
breaks_nothing "$folder/now" "$folder/now"
! breaks_nothing "$folder/less" "$folder/now" >"$folder/seen" || fail 'buf did not see that a field is gone'
grep -q 'receipt_code' "$folder/seen" || fail "buf saw something else: $(<"$folder/seen")"

release=$(git -C "$sources" tag --list 'v[0-9]*' --merged HEAD --sort=-version:refname 2>/dev/null | head -n 1)
if [[ -z $release ]]; then
  echo 'there is no release yet; buf sees a break'
  exit
fi
mkdir "$folder/then"
git -C "$sources" archive "$release:protos" | tar -x -C "$folder/then"
with_google "$folder/then"
breaks_nothing "$folder/now" "$folder/then" || fail "the protos break those who were made for $release"
echo "the protos break nobody who was made for $release"
