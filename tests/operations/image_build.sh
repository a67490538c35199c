#!/usr/bin/env bash
# Builds the image's last stage as deploy/Containerfile says, from programs that are built already, since compiling them once more
# in a container would take as long as the whole test run; and looks at what is in it.
#
#   image_build.sh SOURCES BUILD FOLDER     (FOLDER keeps the images and containers.conf)
set -euo pipefail

sources=$1 build=$2 folder=$3
. "$(dirname "${BASH_SOURCE[0]}")/image_engine.sh"

fail() { echo "image_build.sh: $*" >&2 && exit 1; }

rm -rf "$folder/image"
"$sources/deploy/image/collect.sh" "$build" "$folder/image"
# From its "FROM scratch" on; what it copies from the stage "build" is the folder.
sed -n '/^FROM scratch AS firstfloor$/,$p' "$sources/deploy/Containerfile" >"$folder/Containerfile"
grep -q '^COPY --from=build /image/ /$' "$folder/Containerfile" || fail "the last stage does not begin as this test believes"
mkdir -p "$folder/stage" && rm -rf "$folder/stage/image" && mv "$folder/image" "$folder/stage/image"
buildah build --quiet --pull=never --network=host --isolation=chroot --build-context "build=$folder/stage" \
  --file "$folder/Containerfile" --tag localhost/firstfloor:test "$folder/stage" >/dev/null

inspect() { podman image inspect --format "$1" localhost/firstfloor:test; }
expect() { [[ $2 == "$3" ]] || fail "$1 is \"$2\", not \"$3\""; }

version=$(sed -nE 's/^project\(firstfloor VERSION ([^ )]+).*/\1/p' "$sources/CMakeLists.txt")
expect "the user" "$(inspect '{{.Config.User}}')" 65532:65532
expect "the label of the version" "$(inspect '{{index .Config.Labels "org.opencontainers.image.version"}}')" "$version"
expect "the label of the licence" "$(inspect '{{index .Config.Labels "org.opencontainers.image.licenses"}}')" Apache-2.0
grep -q "^ARG\|^ENV.*\(PASSWORD\|SECRET\|KEY\)" "$folder/Containerfile" && fail "something secret may get in"

# The files of the image: programs, libraries, and what those need; nobody else's.
container=$(buildah from --pull-never localhost/firstfloor:test)
root=$(buildah mount "$container")
trap 'buildah rm "$container" >/dev/null' EXIT
mapfile -t programs < <(cd "$sources/services" && for main in */main.cc; do dirname "$main"; done)
expect "what can be run" "$(cd "$root/usr/local/bin" && echo *)" "$(printf '%s\n' "${programs[@]}" | sort | paste -sd ' ')"
strange=$(cd "$root" && find . -type f ! -path './usr/local/bin/*' ! -name '*.so*' ! -path './usr/share/doc/*/copyright' \
  ! -path ./usr/share/firstfloor/sbom.spdx.json ! -path ./usr/share/zoneinfo/Asia/Shanghai ! -path ./etc/passwd ! -path ./etc/group \
  ! -path ./etc/nsswitch.conf)
expect "what does not belong there" "$strange" ""
for name in sh bash busybox apt dpkg perl python3; do
  [[ -z $(find "$root" -name "$name") ]] || fail "$name is in the image"
done
[[ -z $(find "$root" -perm /6000) ]] || fail "a file changes its caller's rights"
# Every library is of a package of the list, and every package of the list is there for one.
count=$(jq '[.packages[] | select(.name != "firstfloor")] | length' "$root/usr/share/firstfloor/sbom.spdx.json")
((count > 20)) || fail "the list names $count packages"
jq -e --arg version "$version" '.packages[] | select(.name == "firstfloor") | .versionInfo == $version' \
  "$root/usr/share/firstfloor/sbom.spdx.json" >/dev/null || fail "the list is of another version"
for program in "${programs[@]}"; do
  expect "$program" "$(podman run --rm --network=host --pull=never localhost/firstfloor:test "$program" version)" "$program $version"
done
echo "the image: $(podman image inspect --format '{{.Size}}' localhost/firstfloor:test | awk '{printf "%.0f MB", $1 / 1e6}'), ${#programs[@]} programs, $count packages"
