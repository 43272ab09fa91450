#!/usr/bin/env bash
# A Docker Swarm job: each of its tasks plays one shard, and leaves its evidence in a folder that all nodes see.
#   deploy/swarm/job.sh IMAGE SHARDS FOLDER [options of halfopen run...]
#   deploy/swarm/job.sh ghcr.io/me/halfopen:1 4 /srv/halfopen scenarios
# FOLDER holds the project (its scenarios), and gets shards/1, shards/2, ... A shard that is lost: ONLY=3 before the command plays shard 3 alone.
# Exit code 0 once every task has ended by itself; what the scenarios came to is for halfopen merge FOLDER/shards to say.
set -euo pipefail
image=$1 total=$2 folder=$3
shift 3
name=halfopen-$(date +%s)-$$
replicas=$total
slot='{{.Task.Slot}}'
if [ -n "${ONLY:-}" ]; then
  replicas=1
  slot=$((ONLY - 1))
fi
trap 'docker service rm "$name" >/dev/null 2>&1 || true' EXIT
# Exit code 4 is a verdict, and no reason to play again.
docker service create --quiet --detach --name "$name" --mode replicated-job --replicas "$replicas" \
  --max-concurrent "${CONCURRENT:-$replicas}" --restart-condition none --no-resolve-image \
  --mount "type=bind,source=$folder,target=/work" --workdir /work \
  --env "HALFOPEN_SWARM_SLOT=$slot" --env "HALFOPEN_SHARD_TOTAL=$total" \
  "$image" run --shard auto --out shards/{shard} "$@" >/dev/null
until [ "$(docker service ps "$name" --format '{{.CurrentState}}' | grep -cE '^(Complete|Failed|Rejected|Shutdown|Orphaned)')" -ge "$replicas" ]; do
  sleep "${POLL_S:-1}"
done
docker service logs --raw "$name"
docker service ps "$name" --no-trunc --format '{{.Name}} {{.CurrentState}} {{.Error}}'
