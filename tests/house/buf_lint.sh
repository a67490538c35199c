#!/usr/bin/env bash
# buf lint over the protos, offline: what they import from Google comes from the Debian package.
# buf_lint.sh SOURCES GOOGLEAPIS
set -euo pipefail

sources=$1 googleapis=$2
buf=$sources/tests/tools/node_modules/.bin/buf
[[ -x $buf ]] || { echo "buf is not installed; deploy/setup.sh installs it" >&2 && exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$sources/protos/." "$folder"
for file in google/api/annotations.proto google/api/http.proto google/rpc/status.proto google/rpc/error_details.proto \
  google/rpc/code.proto; do
  [[ -e $folder/$file ]] || install -D "$googleapis/$file" "$folder/$file"
done
cd "$folder"
export HOME=$folder BUF_CACHE_DIR=$folder/.cache
"$buf" lint
echo 'the protos are clean'
