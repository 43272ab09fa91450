#!/bin/bash
#SBATCH --job-name=halfopen
#SBATCH --array=1-4
#SBATCH --output=halfopen-%A_%a.log
# One task of the array plays one shard: a scenario file, a folder or options of halfopen run are its arguments. From a folder that all
# nodes see, in which halfopen is installed (npm install halfopen), or with HALFOPEN set to the command.
#   sbatch deploy/slurm/array.sh scenarios
#   sbatch --dependency=afterany:JOBID --wrap 'npx halfopen merge shards --html halfopen.html'
# A task that was lost is played again alone; the total has to be told then, since Slurm counts the tasks of the new array only:
#   HALFOPEN_SHARD_TOTAL=4 sbatch --array=3 deploy/slurm/array.sh scenarios
set -u
read -ra halfopen <<<"${HALFOPEN:-npx --no-install halfopen}"
exec "${halfopen[@]}" run --shard auto --out "${HALFOPEN_OUT:-shards}/{shard}" "$@"
