#!/bin/bash
# A sweep as a Slurm array: every task runs a shard, into one folder that all nodes share.
#   sbatch docs/examples/sweep-slurm-array.sh FILE|PRESET
# When all tasks are done: npx hearsay report runs/*
#SBATCH --job-name=hearsay-sweep
#SBATCH --array=1-3
#SBATCH --cpus-per-task=2
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail
# A task that is requeued goes on where it was: finished runs are kept, the interrupted one has its checkpoint.
exec npx hearsay sweep "$1" \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  --jobs "$SLURM_CPUS_PER_TASK" \
  --out "${OUT:-runs}" --resume --bare
