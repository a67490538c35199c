# shellcheck shell=bash
# shellcheck disable=SC2154  # set by lib.sh
# A certificate authority, certificates and keys of this machine alone. To be sourced after lib.sh.

ca=$certs/ca
readonly one_week=604800

# fill_folder FOLDER COMMAND…: COMMAND fills a new folder, which then takes FOLDER's place: half a
# certificate never stands where a program looks.
fill_folder() {
  local folder=$1
  shift
  rm -rf "$folder.new"
  (umask 077 && mkdir "$folder.new" && cd "$folder.new" && "$@")
  rm -rf "$folder"
  mv "$folder.new" "$folder"
}

still_good() { [[ -s $1 ]] && openssl x509 -in "$1" -noout -checkend "$one_week" >/dev/null; }

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

create_ca() {
  new_key ca.key
  openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/O=FirstFloor/CN=FirstFloor local CA' \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' -out ca.crt
}

create_certificate() {
  local service=$1
  new_key tls.key
  openssl req -new -key tls.key -sha256 -subj "/O=FirstFloor/CN=$service" -out request
  cat >extensions <<EXTENSIONS
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
authorityKeyIdentifier=keyid
subjectAltName=DNS:localhost,DNS:$service,IP:127.0.0.1,URI:spiffe://firstfloor.local/service/$service
EXTENSIONS
  openssl x509 -req -in request -CA "$ca/ca.crt" -CAkey "$ca/ca.key" -sha256 -days 397 -extfile extensions \
    -set_serial "0x$(openssl rand -hex 16)" -out tls.crt 2>/dev/null
  rm request extensions
}

make_certificates() {
  local service
  if ! still_good "$ca/ca.crt"; then
    say "certificates: a new authority in $ca"
    fill_folder "$ca" create_ca
  fi
  for service in "${services[@]}"; do
    if ! still_good "$certs/$service/tls.crt" ||
      ! openssl verify -CAfile "$ca/ca.crt" "$certs/$service/tls.crt" >/dev/null 2>&1; then
      say "certificates: a new one for $service"
      fill_folder "$certs/$service" create_certificate "$service"
    fi
  done
}

create_signing_keys() { "$token_program" keygen --folder="$PWD" --key_id=local-1; }

make_keys() {
  local service file
  if [[ ! -s $keys/signing/signing.jwk ]]; then
    say "keys: a new one that signs tokens"
    fill_folder "$keys/signing" create_signing_keys
  fi
  for service in "${services[@]}"; do
    file=$keys/$service.privacy.json
    [[ -s $file ]] && continue
    say "keys: a new one for the personal data of $service"
    rm -f "$file.new"
    "$token_program" privacy-key --file="$file.new" --key_id=local-1
    chmod 600 "$file.new"
    mv "$file.new" "$file"
  done
}

make_passwords() {
  local service
  make_secret "$keys/redis"
  make_secret "$keys/root.mysql"
  for service in "${services[@]}"; do
    make_secret "$keys/$service.mysql"
    make_secret "$keys/${service}_migrate.mysql"
  done
  account_host=%
  for service in "${services[@]}"; do account_statements "$service"; done | write_whole "$keys/accounts.sql"
}

# All that an installation in containers is given as files. Needs data.sh, and adds the gateway to the services.
make_container_secrets() {
  if [[ ! -x $token_program ]]; then
    say "building what makes keys"
    [[ -f $build/build.ninja ]] || (cd "$root" && cmake --preset release)
    cmake --build "$build" --target firstfloor-token
  fi
  make_passwords
  make_keys
  services+=(gateway)
  make_certificates
}
