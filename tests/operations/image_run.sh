#!/usr/bin/env bash
# Runs a test whose programs are containers of the image that image_build.sh has made, as confined as k8s/ confines them.
#
#   image_run.sh FOLDER TEST…
set -euo pipefail

folder=$1
. "$(dirname "${BASH_SOURCE[0]}")/image_engine.sh"
shift

export FIRSTFLOOR_PROGRAMS=$folder/programs
programs=(outreach opinion deliberation volunteer)
for name in "${programs[@]}"; do
  mkdir -p "$FIRSTFLOOR_PROGRAMS/$name"
  # The arguments name files of the test's folder, which are for its owner; the container's user is another.
  cat >"$FIRSTFLOOR_PROGRAMS/$name/$name" <<PROGRAM
#!/usr/bin/env bash
for word in "\$@"; do
  case \$word in
    --mysql_password_file=*) test_folder=\$(dirname "\${word#*=}") ;;
    --tls_ca_file=*) test_folder=\$(dirname "\$(dirname "\${word#*=}")") ;;
    --areas_file=*) areas=\$(dirname "\${word#*=}") ;;
  esac
done
chmod -R a+rX "\$test_folder"
echo "$name \$1" >>"$folder/started"
exec podman run --rm --pull=never --network=host --read-only --read-only-tmpfs=false --cap-drop=all --security-opt=no-new-privileges \\
  --memory=512m --pids-limit=256 --volume "\$test_folder:\$test_folder:ro" \${areas:+--volume "\$areas:\$areas:ro"} \\
  localhost/firstfloor:test $name "\$@"
PROGRAM
  chmod +x "$FIRSTFLOOR_PROGRAMS/$name/$name"
done
trap 'podman rm --all --force --time=0 >/dev/null' EXIT
rm -f "$folder/started"
"$@"
# It was containers that the test had before it, every one of them.
for name in "${programs[@]}"; do
  grep -qx "$name serve" "$folder/started" || { echo "$name did not run from the image" >&2 && exit 1; }
done
