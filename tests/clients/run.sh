#!/usr/bin/env bash
# Tells the story of one client, or checks the document that clients are made from:
#
#   tests/clients/run.sh node | python | curl | typescript | openapi
#
# Without the variables below, of the suite that deploy/up.sh started. Each run has people of its own, so that it may be
# told any number of times. The client works in a new folder in which the protos are at hand, as they are in an app's
# project.
#
#   FIRSTFLOOR_OPINION, FIRSTFLOOR_DELIBERATION, FIRSTFLOOR_VOLUNTEER   gRPC addresses, host:port
#   FIRSTFLOOR_GATEWAY             https://host:port, or http://
#   FIRSTFLOOR_CA                  the authority that certificates come from
#   FIRSTFLOOR_SIGNING_KEY, FIRSTFLOOR_ISSUER   whose tokens are taken
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/../../deploy/lib.sh"

googleapis=/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis
packages=$root/tests/tools/node_modules

export FIRSTFLOOR_OPINION=${FIRSTFLOOR_OPINION:-127.0.0.1:$(port_of opinion)}
export FIRSTFLOOR_DELIBERATION=${FIRSTFLOOR_DELIBERATION:-127.0.0.1:$(port_of deliberation)}
export FIRSTFLOOR_VOLUNTEER=${FIRSTFLOOR_VOLUNTEER:-127.0.0.1:$(port_of volunteer)}
export FIRSTFLOOR_GATEWAY=${FIRSTFLOOR_GATEWAY:-http://127.0.0.1:$gateway_port}
export FIRSTFLOOR_CA=${FIRSTFLOOR_CA:-$certs/ca/ca.crt}
signing_key=${FIRSTFLOOR_SIGNING_KEY:-$keys/signing/signing.jwk}

# give_token PERSON ROLE AREA
give_token() {
  (umask 077 && "$token_program" issue --key="$signing_key" --issuer="${FIRSTFLOOR_ISSUER:-$issuer}" \
    --audience="$audience" --role="$2" --area="$3" --subject="$1-${folder##*/}" --ttl=1h >"$FIRSTFLOOR_TOKENS/$1")
}

give_tokens() {
  export FIRSTFLOOR_TOKENS=$folder/tokens
  mkdir "$FIRSTFLOOR_TOKENS"
  give_token resident RESIDENT 340111400001-CJ-07
  give_token neighbour RESIDENT 340111400001-CJ-07
  give_token volunteer VOLUNTEER 340111400001-CJ
  give_token steward STEWARD 340111400001-CJ
  give_token secretary BRANCH_SECRETARY 340111400001
  give_token staff COMMUNITY_STAFF 340111400
}

with_packages() {
  [[ -d $packages ]] || fail "the packages of tests/tools are missing; deploy/setup.sh installs them"
  ln -s "$packages" node_modules
}

with_protos() {
  ln -s "$root/protos" protos
  ln -s "$googleapis" googleapis
}

with_document() {
  curl --silent --show-error --fail --max-time 10 --cacert "$FIRSTFLOOR_CA" "$FIRSTFLOOR_GATEWAY/openapi.json" \
    --output openapi.json
}

tell_node() {
  with_packages
  with_protos
  node story.mjs
}

# Not by `python3 -m grpc_tools.protoc`: Debian 12's is older than the syntax of the protos.
tell_python() {
  local files
  with_protos
  mapfile -t files < <(cd protos && find firstfloor google -name '*.proto')
  mkdir stubs
  protoc -Iprotos -Igoogleapis --python_out=stubs --grpc_python_out=stubs \
    --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" \
    "${files[@]}" google/api/{annotations,http}.proto google/rpc/{error_details,status}.proto
  PYTHONPATH=stubs /usr/bin/python3 story.py
}

tell_curl() { ./story.sh; }

tell_typescript() {
  with_packages
  with_document
  node_modules/.bin/openapi-typescript openapi.json --output openapi.ts
  node_modules/.bin/tsc
  NODE_EXTRA_CA_CERTS=$FIRSTFLOOR_CA node out/story.js
}

tell_openapi() {
  with_packages
  with_document
  node lint.mjs openapi.json
}

client=${1:-}
[[ $# -eq 1 && $(type -t "tell_$client") == function ]] ||
  fail 'usage: run.sh node | python | curl | typescript | openapi'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$here/$client/." "$folder"
cd "$folder"
give_tokens
"tell_$client"
