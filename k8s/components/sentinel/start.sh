#!/bin/sh
# start.sh redis | sentinel: completes the settings with this pod's name and the password, and starts. A node asks the Sentinels
# who the primary is; when nobody knows, node 0 is.
set -eu

umask 077
kind=$1
name=$POD_NAME
password=$(cat /etc/firstfloor/redis/password)
settings=/run/redis/$kind.conf
cp "/etc/redis/$kind.conf" "$settings"

if [ "$kind" = sentinel ]; then
  printf 'sentinel auth-pass firstfloor %s\nsentinel announce-ip %s\ndir /run/redis\n' "$password" "$name" >>"$settings"
  exec redis-sentinel "$settings"
fi

primary=
for node in 0 1 2; do
  primary=$(timeout 2 redis-cli -h "redis-node-$node" -p 26379 --raw SENTINEL get-master-addr-by-name firstfloor 2>/dev/null |
    head -n 1) || primary=
  [ -z "$primary" ] || break
done
printf 'requirepass %s\nmasterauth %s\nreplica-announce-ip %s\n' "$password" "$password" "$name" >>"$settings"
primary=${primary:-redis-node-0}
if [ "$primary" != "$name" ]; then printf 'replicaof %s 6379\n' "$primary" >>"$settings"; fi
exec redis-server "$settings"
