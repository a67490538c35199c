#!/usr/bin/env bash
# Prints a token of this machine's installation: token.sh ROLE AREA [SUBJECT]
set -euo pipefail

# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -eq 2 || $# -eq 3 ]] || fail "usage: token.sh ROLE AREA [SUBJECT], as in: token.sh STEWARD 340111400"
[[ -x $token_program && -s $keys/signing/signing.jwk ]] || fail "nothing is up yet; deploy/up.sh makes the keys"
exec "$token_program" issue --key="$keys/signing/signing.jwk" --issuer="$issuer" --audience="$audience" \
  --role="$1" --area="$2" ${3:+--subject="$3"} --as_of --ttl=12h
