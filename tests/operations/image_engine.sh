# shellcheck shell=bash
# An engine of the test's own, to be sourced with `folder` set: its images, containers and settings are in the folder.
[[ $EUID -eq 0 ]] || { echo "containers are tested as root only" >&2 && exit 77; }
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
