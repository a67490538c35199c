#!/usr/bin/env bash
# Gathers what the image holds: the built programs without their debug information, the shared libraries that they load, those
# libraries' licences, and a list of it all (SBOM, SPDX 2.3). For Debian 12.
#
#   collect.sh BUILD FOLDER
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: collect.sh BUILD FOLDER" >&2 && exit 2; }
build=$(realpath "$1") target=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
version=$(sed -nE 's/^project\(firstfloor VERSION ([^ )]+).*/\1/p' "$root/CMakeLists.txt")
# Debian's MariaDB client loads these by itself, for accounts of MySQL 8 and of ed25519.
plugins=(caching_sha2_password.so client_ed25519.so)

mkdir -p "$target"/{etc,usr/local/bin,usr/share/firstfloor}
target=$(realpath "$target")

programs=()
for main in "$root"/services/*/main.cc; do programs+=("$(basename "$(dirname "$main")")"); done
for program in "${programs[@]}"; do
  objcopy --strip-debug "$build/services/$program/$program" "$target/usr/local/bin/$program"
  chmod 755 "$target/usr/local/bin/$program"
done

# libraries FILE…: the paths of all that they load.
libraries() { ldd "$@" | sed -nE 's/^\t(.* => )?(\/[^ ]+) .*/\2/p' | sort -u; }

# owners FILE…: "file package" of each. dpkg knows a library by one of two names, since /lib is /usr/lib.
owners() {
  { dpkg-query --search "$@" "${@/#/\/usr}" 2>/dev/null || true; } | sed -nE 's/^([^:,]+)[^ ]*: (\/usr)?(.*)/\3 \1/p'
}

plugin_folder=$(dirname "$(find /usr/lib -name "${plugins[0]}" -path '*libmariadb3*' -print -quit)")
paths=("${plugins[@]/#/$plugin_folder/}")
mapfile -t -O "${#paths[@]}" paths < <(libraries "$target"/usr/local/bin/* "${paths[@]}")
for path in "${paths[@]}"; do
  # The loader is asked for by its full name; all others are looked for in one folder.
  if [[ $path == /lib64/* ]]; then install -D -m 755 "$path" "$target$path"; else install -D -m 644 "$path" "$target/usr/lib/${path#*/lib/}"; fi
done
declare -A owner
while read -r path package; do owner[$path]=$package; done < <(owners "${paths[@]}")
for path in "${paths[@]}"; do
  [[ -n ${owner[${path#/usr}]:-} ]] || { echo "collect.sh: $path is of no package" >&2 && exit 1; }
done
mapfile -t packages < <(printf '%s\n' "${owner[@]}" | sort -u)
for package in "${packages[@]}"; do install -D -m 644 "/usr/share/doc/$package/copyright" "$target/usr/share/doc/$package/copyright"; done
install -D -m 644 "$root/LICENSE" "$target/usr/share/doc/firstfloor/copyright"
install -D -m 644 /usr/share/zoneinfo/Asia/Shanghai "$target/usr/share/zoneinfo/Asia/Shanghai"

printf 'nobody:x:65532:65532::/:/nonexistent\n' >"$target/etc/passwd"
printf 'nobody:x:65532:\n' >"$target/etc/group"
printf 'hosts: files dns\n' >"$target/etc/nsswitch.conf"

{
  printf 'firstfloor\t%s\tApache-2.0\n' "$version"
  dpkg-query --show --showformat='${Package}\t${Version}\tNOASSERTION\n' "${packages[@]}"
} | jq --raw-input --null-input --arg version "$version" '
  [inputs / "\t" | {name: .[0], SPDXID: ("SPDXRef-" + (.[0] | gsub("[^A-Za-z0-9.-]"; "-"))), versionInfo: .[1],
    licenseDeclared: .[2], licenseConcluded: "NOASSERTION", copyrightText: "NOASSERTION", downloadLocation: "NOASSERTION",
    filesAnalyzed: false} |
    if .name == "firstfloor" then . else .externalRefs = [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
      referenceLocator: "pkg:deb/debian/\(.name)@\(.versionInfo | @uri)?distro=bookworm"}] end] as $packages |
  {spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "firstfloor-\($version)",
   documentNamespace: "https://firstfloor.invalid/sbom/\($version)",
   creationInfo: {created: "1970-01-01T00:00:00Z", creators: ["Tool: deploy/image/collect.sh"]},
   packages: $packages,
   relationships: ([$packages[] | select(.name != "firstfloor") |
       {spdxElementId: "SPDXRef-firstfloor", relationshipType: "DEPENDS_ON", relatedSpdxElement: .SPDXID}] +
     [{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-firstfloor"}])}' >"$target/usr/share/firstfloor/sbom.spdx.json"
