#!/usr/bin/env bash
# GNU parallel over ssh: one shard for each host of a list, their evidence copied back, and merged. No daemon, nothing to install but
# halfopen and rsync on the hosts, in the same folder as here.
#   deploy/parallel/run.sh HOSTS SHARDS [options of halfopen run...]
#   deploy/parallel/run.sh alpha,beta,gamma 6 scenarios
# HOSTS: as parallel's -S takes them; `:` is this machine. HALFOPEN: the command, `npx --no-install halfopen` where absent.
set -euo pipefail
hosts=$1 total=$2
shift 2
halfopen=${HALFOPEN:-npx --no-install halfopen}
folder=$PWD
# The shards need one seed, and take the one that the list of scenarios gives. A shard's exit code is no reason to stop the others.
parallel --will-cite -S "$hosts" --jobs 1 --workdir "$folder" --return 'shards/{}' \
  "$halfopen run --shard {}/$total --out shards/{} ${*@Q} >shards-{}.log 2>&1 || true" ::: $(seq "$total") || true
exec $halfopen merge shards --junit halfopen.xml --json halfopen.json --html halfopen.html
