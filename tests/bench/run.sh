#!/usr/bin/env bash
# Measures the suite beside bare servers: tests/bench/run.sh [--rows=get,submit] [--rounds=5] [--measured=5s] …
# Builds what it needs first. Nothing else should run on the machine meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."

[[ -f build/build.ninja ]] || cmake --preset release >/dev/null
targets=(compare gateway)
for program in outreach deliberation volunteer; do
  [[ -f services/$program/main.cc ]] && targets+=("$program")
done
cmake --build build --target "${targets[@]}" >/dev/null

echo "$(date -u +%F), $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), $(uname -sr)"
echo "$(mariadbd --version | sed 's/^.*Ver //'), gRPC $(pkg-config --modversion grpc++), load $(cut -d' ' -f1 /proc/loadavg)"
exec build/tests/bench/compare --services=build/services --bare_server=build/tests/bench/bare_server "$@"
