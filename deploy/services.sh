# shellcheck shell=bash
# shellcheck disable=SC2154  # set by lib.sh
# The programs themselves. To be sourced after lib.sh.

database_flags() {
  flags+=("--mysql_endpoint=tcp://127.0.0.1:$mysql_port" "--mysql_schema=$1" "--mysql_user=$2"
    "--mysql_password_file=$keys/$2.mysql")
}

peers() {
  local service list=()
  for service in outreach opinion deliberation volunteer; do list+=("$service=127.0.0.1:$(port_of "$service")"); done
  (IFS=, && printf '%s' "${list[*]}")
}

serve_flags() {
  local service=$1
  flags=("--listen=127.0.0.1:$(port_of "$service")" "--admin=127.0.0.1:$(admin_port_of "$service")")
  database_flags "$service" "$service"
  flags+=("--redis_endpoint=127.0.0.1:$redis_port" "--redis_password_file=$keys/redis"
    "--jwks_file=$keys/signing/jwks.json" "--token_issuer=$issuer" "--token_audience=$audience"
    "--tls_cert_file=$certs/$service/tls.crt" "--tls_key_file=$certs/$service/tls.key"
    "--tls_ca_file=$certs/ca/ca.crt" "--privacy_key_file=$keys/$service.privacy.json"
    "--areas_file=$root/deploy/data/areas.csv" "--peers=$(peers)" --allow_as_of)
}

migrate() {
  local service=$1 flags=()
  database_flags "$service" "${service}_migrate"
  "$(program_of "$service")" migrate "${flags[@]}" >>"$logs/$service.log" 2>&1 ||
    { tail -n 15 "$logs/$service.log" >&2 && fail "$service: migration failed"; }
}

# status_of PORT PATH: the HTTP status of the answer.
status_of() { curl --silent --max-time 2 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$1$2"; }
is_ready() { [[ $(status_of "$(admin_port_of "$1")" /readyz) == 200 ]]; }

# Those that run the present program with the present flags are left alone.
start_service() {
  local service=$1 flags=()
  serve_flags "$service"
  runs_as "$service" "$(program_of "$service")" serve "${flags[@]}" && return
  stop_process "$service"
  must_be_free "$service" "$(port_of "$service")"
  say "$service: migrating and starting on 127.0.0.1:$(port_of "$service")"
  migrate "$service"
  start_process "$service" "$(program_of "$service")" serve "${flags[@]}"
}

# HTTP/JSON for apps. Without TLS of its own, since it listens on loopback only.
gateway_flags() {
  flags=("--listen=127.0.0.1:$gateway_port" "--admin=127.0.0.1:$((gateway_port + 1000))" --no_tls
    "--peers=$(peers)" "--tls_ca_file=$certs/ca/ca.crt")
}

start_gateway() {
  local flags=()
  gateway_flags
  runs_as gateway "$(program_of gateway)" serve "${flags[@]}" && return
  stop_process gateway
  must_be_free gateway "$gateway_port"
  say "gateway: starting on 127.0.0.1:$gateway_port"
  start_process gateway "$(program_of gateway)" serve "${flags[@]}"
}

gateway_is_ready() { [[ $(status_of "$((gateway_port + 1000))" /readyz) == 200 ]]; }

print_table() {
  local service
  printf '\n%-14s %-22s %-24s %s\n' program address operations process
  for service in "${services[@]}"; do
    printf '%-14s %-22s %-24s %s\n' "$service" "127.0.0.1:$(port_of "$service") (TLS)" \
      "127.0.0.1:$(admin_port_of "$service")" "$(pid_of "$service")"
  done
  printf '%-14s %-22s %-24s %s\n' gateway "127.0.0.1:$gateway_port (HTTP)" "127.0.0.1:$((gateway_port + 1000))" \
    "$(pid_of gateway)"
  printf '%-14s %-22s %-24s %s\n' MariaDB "127.0.0.1:$mysql_port" "$mysql_socket" "$(pid_of mariadb)"
  printf '%-14s %-22s %-24s %s\n' Redis "127.0.0.1:$redis_port" - "$(pid_of redis)"
  printf '\nlogs: %s   CA: %s   a token: deploy/token.sh STEWARD 340111400\n' "$logs" "$certs/ca/ca.crt"
}
