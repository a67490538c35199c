#!/bin/sh
# HAProxy asks the nodes with their password, which its settings take from the environment.
set -eu
REDIS_PASSWORD=$(cat /etc/firstfloor/redis/password)
export REDIS_PASSWORD
exec haproxy -W -f /usr/local/etc/haproxy/haproxy.cfg
