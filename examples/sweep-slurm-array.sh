#!/bin/bash
# A sweep as a Slurm array: every task runs a shard and writes into one folder that all nodes share.
#   sbatch examples/sweep-slurm-array.sh FILE|PRESET
# When all tasks are done: npx hearsay report runs/*
#SBATCH --job-name=hearsay-sweep
#SBATCH --array=1-3
#SBATCH --cpus-per-task=2
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail
# A requeued task goes on where it stopped: it keeps finished runs and resumes the interrupted one from its checkpoint.
exec npx hearsay sweep "$1" \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  --jobs "$SLURM_CPUS_PER_TASK" \
  --out "${OUT:-runs}" --resume --bare
