#!/usr/bin/env bash
# Makes a folder with MySQL in it, for tests to run on instead of MariaDB. Debian 12 has no MySQL: it comes, with the libraries
# and the loader that it needs, from Debian unstable, by the address that this machine's apt has for Debian 12. Nothing of it is
# installed. What is there is left alone; remove the folder to have a newer MySQL.
#
#   root.sh FOLDER
set -euo pipefail

# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../deploy/lib.sh"
# shellcheck source=deploy/apt.sh
. "$root/deploy/apt.sh"

[[ $# -eq 1 ]] || fail "usage: root.sh FOLDER"
folder=$1
[[ ! -d $folder ]] || exit 0
[[ $(dpkg --print-architecture) == amd64 ]] || fail "tests know where the loader is on amd64 only"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is not installed; deploy/setup.sh --mysql installs it"
source=$(stanza_for unstable || line_for unstable) ||
  fail "apt has no source for bookworm main from which that of unstable could be made; please add one"

say "MySQL: taking it from Debian unstable"
rm -rf "$folder.unfinished"
mkdir -p "$folder.unfinished"
# Unpacked only: the server is run by the folder's own loader, so nobody needs to be root, and nothing has to be set up.
# A mirror that has stood still for long is one all the same.
mmdebstrap --quiet --variant=extract --format=tar --aptopt='Acquire::Check-Valid-Until "false"' --include=mysql-server-core \
  unstable - - <<<"$source" | tar --extract --directory="$folder.unfinished" --exclude='./dev/*' ||
  fail "MySQL could not be had"
mv "$folder.unfinished" "$folder"
