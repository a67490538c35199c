#!/usr/bin/env bash
# Makes the keys, certificates and passwords that deploy/compose.yaml names, once: in .local/compose (FIRSTFLOOR_STATE names
# another folder). A later call makes only what is missing or runs out.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FIRSTFLOOR_STATE=${FIRSTFLOOR_STATE:-$here/../.local/compose}
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
# shellcheck source=deploy/data.sh
. "$here/data.sh"
# shellcheck source=deploy/keys.sh
. "$here/keys.sh"

[[ $# -eq 0 ]] || fail "usage: deploy/compose-secrets.sh"
take_lock
make_container_secrets
# Told apart from the file that it includes, so that the password is in no command.
printf 'include /etc/redis/redis.conf\nrequirepass %s\n' "$(<"$keys/redis")" | write_whole "$keys/redis.conf"
# Each is given to its container alone, whose user is not the one of this machine. The folder lets nobody else in.
chmod 700 "$state"
chmod 444 "$keys"/*.* "$keys/redis" "$keys/signing/jwks.json" "$certs"/*/*.crt "$certs"/*/tls.key
say "secrets: all in $state"
