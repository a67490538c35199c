#!/usr/bin/env bash
# The main job: brings FirstFloor up (deploy/up.sh), plays the community's year through the public gRPC API, and prints
# the annual report beside the article's figures. Running it again changes nothing. Exit code 0: every figure is met.
#
#   deploy/demo.sh                    the year
#   deploy/demo.sh --messages FILE    afterwards also submits real citizens' messages (JSON, one a line)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"

arguments=()
while (($# > 0)); do
  case $1 in
    --messages)
      (($# > 1)) || fail "--messages needs a file"
      [[ -r $2 ]] || fail "cannot read $2"
      arguments+=("--messages=$(realpath "$2")")
      shift 2
      ;;
    *) fail "unknown argument $1; see the head of this script" ;;
  esac
done

"$here/up.sh"
cd "$root"
say "building the demonstration"
cmake --build "$build" --target firstfloor-demo >>"$logs/build.log" 2>&1 ||
  { tail -n 40 "$logs/build.log" >&2 && fail "the build failed; its log: $logs/build.log"; }
say "playing the year (people's names are invented)"
"$build/deploy/firstfloor-demo" \
  --signing_key_file="$keys/signing/signing.jwk" --token_issuer="$issuer" --tls_ca_file="$certs/ca/ca.crt" \
  --outreach="127.0.0.1:$(port_of outreach)" --opinion="127.0.0.1:$(port_of opinion)" \
  --deliberation="127.0.0.1:$(port_of deliberation)" --volunteer="127.0.0.1:$(port_of volunteer)" \
  "${arguments[@]}"
