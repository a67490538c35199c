#!/bin/sh
# Starts one node. A cluster is founded by node 0, once, when its folder is empty and nobody else answers; or, after all nodes
# have stopped in order, by the one that stopped last. After all were killed at once nobody knows who was last: k8s/README.md
# ("The whole database was lost at once") says what to do.
set -eu

data=/var/lib/mysql
state=$data/grastate.dat
includes="--wsrep-node-address=$POD_IP"

answers() { getent hosts galera-ready >/dev/null; }

# The account that copies a node to another is local to the one that is copied.
copy_account="$(cat /etc/firstfloor/mysql-copy/user):$(cat /etc/firstfloor/mysql-copy/password)"
umask 077
printf '[galera]\nwsrep-sst-auth = %s\n' "$copy_account" >/run/mysqld/copy.cnf

if ! answers; then
  if [ "$POD_NAME" = galera-0 ] && [ ! -e "$state" ]; then includes="$includes --wsrep-new-cluster"; fi
  if grep -qs '^safe_to_bootstrap: 1' "$state"; then includes="$includes --wsrep-new-cluster"; fi
fi
# The entrypoint fills an empty folder (accounts included) before the node joins or founds.
# shellcheck disable=SC2086  # several words
exec docker-entrypoint.sh mariadbd --defaults-extra-file=/run/mysqld/copy.cnf $includes
