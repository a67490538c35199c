# shellcheck shell=bash
# An engine of the test's own, to be sourced with `folder` set and the arguments still there: its images, containers and
# settings are in the folder.
[[ $EUID -eq 0 ]] || { echo "containers are tested as root only" >&2 && exit 77; }
# The engine remounts "/", and enters containers by their namespace's root: "/" must be a mount, and the root of the
# namespace. Where it is neither, as after chroot, the script runs once more in a namespace of its own that has it so.
if ! mountpoint -q / && [[ -z ${IMAGE_ENGINE_PIVOTED:-} ]]; then
  export IMAGE_ENGINE_PIVOTED=1
  # Entering one's own namespace leaves the chroot; the descriptor still knows where that was. What is unmounted here
  # must be private first.
  # shellcheck disable=SC2016  # for the shells in the namespace
  exec unshare --mount --propagation unchanged bash -c 'exec nsenter --mount=/proc/self/ns/mnt bash -c "$@" 9</' bash '
    set -e
    root=$(readlink /proc/self/fd/9)
    exec 9<&-
    mount --make-rprivate /
    mount --rbind "$root" "$root"
    cd "$root"
    pivot_root . .
    umount --lazy .
    cd /
    exec "$0" "$@"' "$(realpath "$0")" "$@"
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
