import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '#protocol/loading/input-error.ts'
import type { Checkpoints } from '#protocol/simulation/run-checkpoint.ts'
import { checkpointIn } from '../store/checkpoints.ts'
import { finishedRun, runIn } from '../store/run-folder.ts'

/** The folder of a run to resume. Throws InputError unless it holds an unfinished run of this experiment. */
export function resumable(path: string, id: string): string {
  const folder = resolve(path)
  if (!existsSync(folder)) throw new InputError(`--resume ${path}: there is no such folder`)
  if (finishedRun(folder, id))
    throw new InputError(`--resume ${path}: this run is finished; see: hearsay report ${path}`)
  const checkpointed = checkpointIn(folder)
  if (checkpointed === undefined && existsSync(join(folder, 'checkpoint.bin'))) {
    throw new InputError(
      `--resume ${path}: checkpoint.bin is damaged, or of another version; run the experiment again without --resume`,
    )
  }
  if ((checkpointed ?? runIn(folder)) !== id) {
    throw new InputError(`--resume ${path}: there is no run of this experiment; its identity is ${id.slice(0, 8)}`)
  }
  return folder
}

/** One line: the round after which a resumed run continues, or why it starts over. */
export function resumedFrom(checkpoints: Checkpoints | undefined, obstacle: string | undefined): string {
  const round = checkpoints?.earlier?.simulation.round
  if (round !== undefined) return `continues after round ${round + 1}`
  const missing = checkpoints?.unusable ? 'its checkpoint is damaged, or of another version' : 'there is no checkpoint'
  return `starts over: ${obstacle ?? missing}`
}

/** A note for the report of an interrupted run: where it continues when resumed. */
export function resumptionNote(folder: string, obstacle: string | undefined): string {
  if (obstacle) return `With --resume this run starts over: ${obstacle}.`
  return checkpointIn(folder)
    ? 'With --resume this run continues from its checkpoint.'
    : 'With --resume this run starts over: it has no checkpoint yet.'
}
