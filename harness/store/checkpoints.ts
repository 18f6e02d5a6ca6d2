import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '#protocol/peer/checkpoint.ts'
import { createLineReader } from '#protocol/record/event-lines.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { Checkpoints, RunCheckpoint } from '#protocol/simulation/run-checkpoint.ts'
import { readVectorsFile, readVectorsHead, writeVectorsFile } from './vectors-file.ts'

export interface CheckpointOptions {
  /** Least time between two checkpoints; 0 keeps one at every evaluation. */
  readonly everyMs: number
  /** Go on from what is there; without it that is removed. */
  readonly resume: boolean
}

/** Raised whenever what the file holds changes. */
const fileVersion = 2

interface CheckpointFile extends RunCheckpoint {
  readonly fileVersion: number
  readonly experimentId: string
  readonly wallMs: number
}

/** Larger ones are not written: that takes longer than what is lost without. */
const maxBytes = 2 ** 30

/** Opens the checkpoints of a run folder, before its event log is begun anew. */
export function openCheckpoints(folder: string, experimentId: string, options: CheckpointOptions): Checkpoints {
  const path = join(folder, 'checkpoint.bin')
  const remove = (): void => {
    if (existsSync(path)) rmSync(path)
  }
  const earlier = options.resume ? read(folder, path, experimentId) : undefined
  if (!earlier) remove()
  // What a machine that went down was writing at that moment.
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (/^checkpoint\.bin\..+\.tmp$/.test(name)) rmSync(join(folder, name))
  const began = performance.now()
  let saved = began
  return {
    ...(earlier ? { earlier } : {}),
    earlierMs: earlier?.wallMs ?? 0,
    due: () => performance.now() - saved >= options.everyMs,
    save(checkpoint) {
      const wallMs = (earlier?.wallMs ?? 0) + performance.now() - began
      if (bytesOf(checkpoint.simulation) > maxBytes) return
      writeVectorsFile(path, { ...checkpoint, fileVersion, experimentId, wallMs } satisfies CheckpointFile)
      saved = performance.now()
    },
    remove,
  }
}

/** The identity of the experiment that the checkpoint in a folder belongs to; undefined without a readable one. */
export function checkpointIn(folder: string): string | undefined {
  return readFile(join(folder, 'checkpoint.bin'), readVectorsHead)?.experimentId
}

function read(folder: string, path: string, experimentId: string) {
  const file = readFile(path, readVectorsFile)
  if (file?.experimentId !== experimentId) return undefined
  const log = readEvents(join(folder, 'events.ndjson'), file.events)
  return log && { ...file, log }
}

/** A file that is cut short, or of another version, counts as none. */
function readFile(path: string, reading: (path: string) => unknown): CheckpointFile | undefined {
  if (!existsSync(path)) return undefined
  try {
    const file = reading(path) as CheckpointFile | undefined
    return file?.fileVersion === fileVersion ? file : undefined
  } catch {
    return undefined
  }
}

/** The first events of a log; undefined where it has fewer. */
function readEvents(path: string, count: number): LoggedEvent[] | undefined {
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, 'utf8').split('\n', count)
  if (lines.length < count || lines.some((line) => line === '')) return undefined
  const reader = createLineReader(notANumber)
  return lines.map((line) => reader.next(line))
}

/** JSON writes null for what is not a number. */
function notANumber(key: string, value: unknown): unknown {
  return value === null && (key === 'loss' || key === 'accuracy') ? Number.NaN : value
}

/** Bytes of all different vectors of the peers, about what the file takes. */
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
