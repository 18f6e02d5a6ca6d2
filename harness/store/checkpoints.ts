import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '#node/data/make-folder.ts'
import { isSystemError, reasonOf } from '#node/system-error.ts'
import type { Checkpoint } from '#protocol/peer/checkpoint.ts'
import { createLineReader } from '#protocol/record/event-lines.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { Checkpoints, RunCheckpoint } from '#protocol/simulation/run-checkpoint.ts'
import { readVectorsFile, readVectorsHead, writeVectorsFile } from './vectors-file.ts'

export interface CheckpointOptions {
  /** The minimum time between two checkpoints; 0 writes one at every evaluation. */
  readonly everyMs: number
  /** Whether to continue from an existing checkpoint; otherwise it is removed. */
  readonly resume: boolean
}

/** The checkpoints of a run folder. */
export interface OpenedCheckpoints extends Checkpoints {
  /** Why an existing checkpoint is not used, in words. */
  readonly unusable?: string
  /** `logDigest`: SHA-256 (hex) of the lines of the event log so far. With other lines the checkpoint is not used. */
  save(checkpoint: RunCheckpoint, logDigest?: string): void
}

/** Incremented whenever the content of the file changes. */
const fileVersion = 3

interface CheckpointFile extends RunCheckpoint {
  readonly fileVersion: number
  readonly experimentId: string
  readonly wallMs: number
  readonly logDigest?: string
}

/** Larger checkpoints are not written: they cost more time than they save. */
const maxBytes = 2 ** 30

/**
 * Opens the checkpoints of a run folder. Call it before its event log is started again. A damaged checkpoint is
 * removed: the run starts over and computes the same bits.
 */
export function openCheckpoints(folder: string, experimentId: string, options: CheckpointOptions): OpenedCheckpoints {
  const path = join(folder, 'checkpoint.bin')
  const remove = (): void => {
    if (existsSync(path)) rmSync(path)
  }
  const found = options.resume ? read(folder, path, experimentId) : undefined
  const earlier = typeof found === 'object' ? found : undefined
  if (!earlier) remove()
  // Temporary files that a crash left behind.
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (/^checkpoint\.bin\..+\.tmp$/.test(name)) rmSync(join(folder, name))
  const began = performance.now()
  let saved = began
  return {
    ...(earlier ? { earlier } : {}),
    ...(typeof found === 'string' ? { unusable: found } : {}),
    earlierMs: earlier?.wallMs ?? 0,
    due: () => performance.now() - saved >= options.everyMs,
    save(checkpoint, logDigest) {
      const wallMs = (earlier?.wallMs ?? 0) + performance.now() - began
      if (bytesOf(checkpoint.simulation) > maxBytes) return
      const file: CheckpointFile = {
        ...checkpoint,
        fileVersion,
        experimentId,
        wallMs,
        ...(logDigest === undefined ? {} : { logDigest }),
      }
      makeFolder(folder)
      writeVectorsFile(path, file)
      saved = performance.now()
    },
    remove,
  }
}

/** The identity of the experiment of a folder's checkpoint; undefined without a readable checkpoint. */
export function checkpointIn(folder: string): string | undefined {
  return readFile(join(folder, 'checkpoint.bin'), readVectorsHead)?.experimentId
}

/** The checkpoint with its events; undefined if there is none, or a text with the reason if it cannot be used. */
function read(folder: string, path: string, experimentId: string) {
  if (!existsSync(path)) return undefined
  const file = readFile(path, readVectorsFile)
  if (!file) return 'its checkpoint.bin is damaged, or of another version'
  if (file.experimentId !== experimentId) return 'its checkpoint.bin is of another experiment'
  const log = readEvents(join(folder, 'events.ndjson'), file)
  return typeof log === 'string' ? log : { ...file, log }
}

/** A damaged file, or one of another version, counts as missing. */
function readFile(path: string, reading: (path: string) => unknown): CheckpointFile | undefined {
  if (!existsSync(path)) return undefined
  try {
    const file = reading(path) as CheckpointFile | undefined
    return file?.fileVersion === fileVersion ? file : undefined
  } catch {
    return undefined
  }
}

/** The events of a log up to a checkpoint, or a text with the reason why they cannot be used. */
function readEvents(
  path: string,
  { events, logDigest }: Pick<CheckpointFile, 'events' | 'logDigest'>,
): LoggedEvent[] | string {
  try {
    const lines = readFileSync(path, 'utf8').split('\n', events)
    if (lines.length < events || lines.some((line) => line === '')) return 'its events.ndjson is cut'
    const digest = createHash('sha256')
    for (const line of lines) digest.update(`${line}\n`)
    if (logDigest !== undefined && digest.digest('hex') !== logDigest) return 'its events.ndjson was changed'
    const reader = createLineReader(notANumber)
    return lines.map((line) => reader.next(line))
  } catch (error) {
    return isSystemError(error) ? `its events.ndjson: ${reasonOf(error)}` : 'its events.ndjson is damaged'
  }
}

/** Restores NaN, which JSON writes as null. */
function notANumber(key: string, value: unknown): unknown {
  return value === null && (key === 'loss' || key === 'accuracy') ? Number.NaN : value
}

/** Bytes of all different vectors of the peers: about the size of the file. */
function bytesOf({ peers }: Checkpoint): number {
  const vectors = new Set<Float32Array>()
  for (const { peer, trainer, conduct } of peers) {
    for (const vector of [trainer.parameters, trainer.momentum, peer.ruleState, peer.velocity]) {
      if (vector) vectors.add(vector)
    }
    for (const heard of conduct?.heard.values() ?? []) for (const vector of heard.values()) vectors.add(vector)
  }
  return [...vectors].reduce((sum, vector) => sum + vector.byteLength, 0)
}
