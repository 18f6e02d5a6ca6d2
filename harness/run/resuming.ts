import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { reading } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { checkpointIn, type OpenedCheckpoints } from '../store/checkpoints.ts'
import { finishedRun, runIn } from '../store/run-folder.ts'

/** The folder of a run to resume. Throws InputError unless it holds an unfinished run of this experiment. */
export function resumable(path: string, id: string): string {
  const folder = resolve(path)
  const there = reading(`--resume ${path}`, () => statSync(folder))
  if (!there.isDirectory()) throw new InputError(`--resume ${path}: is a file, not a folder`)
  if (finishedRun(folder, id))
    throw new InputError(`--resume ${path}: this run is finished; see: hearsay report ${path}`)
  const held = checkpointIn(folder) ?? runIn(folder)
  if (held === undefined && existsSync(join(folder, 'checkpoint.bin'))) {
    const remedy = 'no other file here names its experiment: run it again without --resume'
    throw new InputError(`--resume ${path}: its checkpoint.bin is damaged, or of another version; ${remedy}`)
  }
  if (held !== id) {
    throw new InputError(`--resume ${path}: there is no run of this experiment; its identity is ${id.slice(0, 8)}`)
  }
  return folder
}

/** One line: the round after which a resumed run continues, or why it starts over. */
export function resumedFrom(checkpoints: OpenedCheckpoints | undefined, obstacle: string | undefined): string {
  const round = checkpoints?.earlier?.simulation.round
  if (round !== undefined) return `continues after round ${round + 1}`
  return `starts over: ${obstacle ?? checkpoints?.unusable ?? 'there is no checkpoint'}`
}

/** A note for the report of an interrupted run: where it continues when resumed. */
export function resumptionNote(folder: string, obstacle: string | undefined): string {
  if (obstacle) return `With --resume this run starts over: ${obstacle}.`
  return checkpointIn(folder)
    ? 'With --resume this run continues from its checkpoint.'
    : 'With --resume this run starts over: it has no checkpoint yet.'
}
