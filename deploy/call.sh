#!/usr/bin/env bash
# One call to a service that deploy/up.sh started, as somebody with a role in an area:
#
#   deploy/call.sh ROLE AREA METHOD [JSON]
#   deploy/call.sh RESIDENT 340111400001-CJ-07 opinion.v1.OpinionService/GetOpinion '{"name": "opinions/…"}'
#
# ROLE "-" calls without a token. FIRSTFLOOR_SUBJECT names the caller; the same subject is the same person. The call is made
# by `buf curl`, which is installed by npm if it is not there, with the protos of this checkout as its schema.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"

(($# >= 3)) || fail "usage: call.sh ROLE AREA METHOD [JSON]; see the head of this script"
role=$1 area=$2 method=$3 body=${4:-{\}}
buf=$root/tests/tools/node_modules/.bin/buf
[[ -x $buf ]] || buf=$tools/node_modules/.bin/buf
[[ -x $buf ]] || "$here/setup.sh" --for-calls >&2

googleapis=/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis
schema=$build/firstfloor.binpb
if [[ ! -f $schema || -n $(find "$root/protos" -name '*.proto' -newer "$schema" -print -quit) ]]; then
  (cd "$root/protos" && protoc -I. -I"$googleapis" --include_imports --descriptor_set_out="$schema" \
    $(find firstfloor -name '*.proto'))
fi

headers=()
if [[ $role != - ]]; then
  headers=(-H "authorization: Bearer $("$here/token.sh" "$role" "$area" "${FIRSTFLOOR_SUBJECT:-first-caller}")")
fi
exec "$buf" curl --cacert "$certs/ca/ca.crt" --schema "$schema" "${headers[@]}" --protocol grpc -d "$body" \
  "https://127.0.0.1:$(port_of "${method%%.*}")/firstfloor.$method"
