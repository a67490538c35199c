# shellcheck shell=bash
# An engine of the test's own, to be sourced with `folder` set and the arguments still there: its images, containers and
# settings are in the folder.
[[ $EUID -eq 0 ]] || { echo "containers are tested as root only" >&2 && exit 77; }
# The engine remounts "/", which must then be a mount of its own. Where it is not, as after chroot, the script runs once
# more in a namespace where it is.
if ! mountpoint -q / && [[ -z ${IMAGE_ENGINE_ROOT:-} ]]; then
  IMAGE_ENGINE_ROOT=$(mktemp -d)
  export IMAGE_ENGINE_ROOT
  # shellcheck disable=SC2016  # for the shell in the namespace
  exec unshare --mount --propagation unchanged bash -c '
    mount --rbind / "$IMAGE_ENGINE_ROOT"
    chroot "$IMAGE_ENGINE_ROOT" "$0" "$@"
    code=$?
    umount --lazy "$IMAGE_ENGINE_ROOT" && rmdir "$IMAGE_ENGINE_ROOT"
    exit $code' "$(realpath "$0")" "$@"
fi
mkdir -p "$folder"
cat >"$folder/containers.conf" <<CONF
[containers]
cgroupns = "host"
default_ulimits = ["nofile=4096:4096", "nproc=2048:2048"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
CONF
cat >"$folder/storage.conf" <<CONF
[storage]
driver = "vfs"
graphroot = "$folder/storage"
runroot = "$folder/run"
CONF
export CONTAINERS_CONF=$folder/containers.conf CONTAINERS_STORAGE_CONF=$folder/storage.conf
