#!/bin/bash
#SBATCH --job-name=halfopen-sweep
#SBATCH --array=1-4
#SBATCH --output=halfopen-%A_%a.log
# One task of the array plays one shard of a comparison: options of halfopen compare are its arguments. All tasks need the same --seed.
# From a folder that all nodes see, in which halfopen is installed (npm install halfopen piscina), or with HALFOPEN set to the command.
#   sbatch deploy/slurm/sweep.sh --keepalive 1s..1000s/1s --idle 1s..1000s/1s --quick --seed 1
#   sbatch --dependency=afterany:JOBID --wrap 'npx halfopen merge sweep/*.json --csv sweep.csv'
# A task that was lost is played again alone, with HALFOPEN_SHARD_TOTAL as for array.sh.
set -u
read -ra halfopen <<<"${HALFOPEN:-npx --no-install halfopen}"
mkdir -p "${HALFOPEN_OUT:-sweep}"
exec "${halfopen[@]}" compare --shard auto --jobs "${SLURM_CPUS_ON_NODE:-1}" --json "${HALFOPEN_OUT:-sweep}/${SLURM_ARRAY_TASK_ID:?}.json" "$@"
