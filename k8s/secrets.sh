#!/usr/bin/env bash
# Makes the keys, certificates and passwords of a trial, once, and prints them as Secrets:
#
#   k8s/secrets.sh | kubectl apply -n firstfloor -f -
#
# They are kept in .local/k8s (FIRSTFLOOR_STATE names another folder), so that a later call prints the same ones. With that
# folder deploy/token.sh gives tokens for the trial, whose clients trust certs/ca/ca.crt in it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FIRSTFLOOR_STATE=${FIRSTFLOOR_STATE:-$here/../.local/k8s}
# shellcheck source=deploy/lib.sh
. "$here/../deploy/lib.sh"
# shellcheck source=deploy/data.sh
. "$here/../deploy/data.sh"
# shellcheck source=deploy/keys.sh
. "$here/../deploy/keys.sh"

# secret NAME KEY=FILE…
secret() {
  local name=$1 pair
  shift
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: Opaque\ndata:\n' "$name"
  for pair in "$@"; do printf '  %s: %s\n' "${pair%%=*}" "$(base64 -w 0 <"${pair#*=}")"; done
}

print_all() {
  local service
  for service in "${services[@]}"; do
    secret "$service-tls" "tls.crt=$certs/$service/tls.crt" "tls.key=$certs/$service/tls.key" "ca.crt=$certs/ca/ca.crt"
    [[ $service != gateway ]] || continue
    secret "$service-mysql" "password=$keys/$service.mysql"
    secret "$service-migrate-mysql" "password=$keys/${service}_migrate.mysql"
    secret "$service-privacy" "keys.json=$keys/$service.privacy.json"
  done
  secret token-keys "jwks.json=$keys/signing/jwks.json"
  secret redis "password=$keys/redis"
  secret mysql-root "password=$keys/root.mysql"
  secret mysql-accounts "accounts.sql=$keys/accounts.sql"
}

[[ $# -eq 0 ]] || fail "usage: k8s/secrets.sh | kubectl apply -n firstfloor -f -"
take_lock
make_container_secrets >&2
print_all
