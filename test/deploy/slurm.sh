#!/usr/bin/env bash
# Plays deploy/slurm/array.sh with a real Slurm on this machine: four shards, of which one is cancelled while it plays; merge names it, it
# is played again alone, and merge puts all together. As root, with Debian's slurm-wlm and munge. Its daemons are its own, listen on
# 127.0.0.1 only, and are ended with it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scheduler=Slurm
# shellcheck source=test/deploy/project.sh
. "$here/project.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/halfopen-slurm-XXXXXX")
daemons=()
trap 'finish' EXIT

finish() {
  local code=$?
  trap - EXIT
  scancel --user=root >/dev/null 2>&1 || true
  # The controller first: it would call the others back.
  for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${daemons[@]}"; do timeout 10 tail --pid="$pid" -f /dev/null || kill -9 "$pid" 2>/dev/null || true; done
  [ "$code" = 0 ] || tail -n 20 "$work"/*.log 2>/dev/null || true
  rm -rf "$work"
  exit "$code"
}

free_port() { node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

start_munge() {
  install -d -m 755 "$work" "$work/munge"
  (umask 077 && head -c 1024 /dev/urandom >"$work/munge/key")
  munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
    --log-file="$work/munge.log" --seed-file="$work/munge/seed" --num-threads=2 >>"$work/munge.log" 2>&1 &
  daemons+=($!)
  until [ -S "$work/munge/socket" ]; do sleep 0.1; done
}

start_slurm() {
  local host
  host=$(hostname -s)
  mkdir -p "$work"/{state,spool}
  cat >"$work/slurm.conf" <<CONF
ClusterName=halfopen
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=120 State=UP OverSubscribe=NO
CONF
  export SLURM_CONF=$work/slurm.conf
  slurmctld -D -i -L "$work/slurmctld.log" >/dev/null 2>&1 &
  daemons=($! "${daemons[@]}")
  slurmd -D -L "$work/slurmd.log" >/dev/null 2>&1 &
  daemons+=($!)
  for _ in $(seq 150); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && return
    sleep 0.2
  done
  die "no node is idle: $(sinfo 2>&1)"
}

# ends JOB: waits until no task of it is queued or running
ends() {
  local from=$SECONDS
  while [ -n "$(squeue --noheader --job="$1" 2>/dev/null)" ]; do
    [ $((SECONDS - from)) -lt "${HALFOPEN_SLURM_LIMIT_S:-120}" ] || die "job $1 does not end: $(squeue)"
    sleep 0.2
  done
}

start_munge
start_slurm
say "$(sinfo --version) has a node after $SECONDS s"
make_project "$work/project"
cd "$work/project"
export HALFOPEN="node $repository/dist/cli/main.js"
read -ra halfopen <<<"$HALFOPEN"

job=$(sbatch --parsable "$repository/deploy/slurm/array.sh" scenarios)
until [ -e shards/3/run.json ]; do
  [ -n "$(squeue --noheader --job="$job")" ] || die "the array ended without shard 3: $(cat halfopen-*.log)"
  sleep 0.1
done
scancel "${job}_3"
ends "$job"
refuses 'shards/3 (shard 3/4) was stopped by SIGTERM: play it again'
rm -r shards/3
refuses 'shard 3/4 is missing'
again=$(HALFOPEN_SHARD_TOTAL=4 sbatch --parsable --array=3 "$repository/deploy/slurm/array.sh" scenarios)
ends "$again"
merges

# A sweep of a comparison, by an array of its own: together the shards are what one process comes to. The grid may be given: a large one takes long.
read -ra grid <<<"${HALFOPEN_SWEEP:---keepalive 1s..20s/1s --idle 1s..20s/1s --client silent}"
sweep=("${grid[@]}" --quick --phases 1 --seed 1)
ends "$(sbatch --parsable "$repository/deploy/slurm/sweep.sh" "${sweep[@]}")"
/usr/bin/env time -f 'merge of the sweep: %e s, %M kB at most' "${halfopen[@]}" merge sweep/*.json --json merged-sweep.json --csv merged-sweep.csv >merged-sweep.txt 2>merged-sweep.err ||
  die "the sweep was not merged: $(cat merged-sweep.err halfopen-*.log)"
if [ -z "${HALFOPEN_SWEEP:-}" ]; then
  "${halfopen[@]}" compare "${sweep[@]}" --json whole-sweep.json >whole-sweep.txt 2>/dev/null
  diff merged-sweep.txt whole-sweep.txt || die 'the shards of the sweep are told otherwise than the whole'
  diff <(sed '1s/"started":"[^"]*"//' merged-sweep.json) <(sed '1s/"started":"[^"]*"//' whole-sweep.json) || die 'the shards of the sweep are not the whole'
fi
say "a sweep by 4 tasks, merged: $(head -1 merged-sweep.txt)"
say "all of it took $SECONDS s"
