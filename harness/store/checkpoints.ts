import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '#protocol/peer/checkpoint.ts'
import { createLineReader } from '#protocol/record/event-lines.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { Checkpoints, RunCheckpoint } from '#protocol/simulation/run-checkpoint.ts'
import { isWhole, readVectorsFile, readVectorsHead, writeVectorsFile } from './vectors-file.ts'

export interface CheckpointOptions {
  /** The minimum time between two checkpoints; 0 writes one at every evaluation. */
  readonly everyMs: number
  /** Whether to continue from an existing checkpoint; otherwise it is removed. */
  readonly resume: boolean
}

/** Incremented whenever the content of the file changes. */
const fileVersion = 3

interface CheckpointFile extends RunCheckpoint {
  readonly fileVersion: number
  readonly experimentId: string
  readonly wallMs: number
}

/** Larger checkpoints are not written: they cost more time than they save. */
const maxBytes = 2 ** 30

/** Opens the checkpoints of a run folder. Call it before its event log is started again. */
export function openCheckpoints(folder: string, experimentId: string, options: CheckpointOptions): Checkpoints {
  const path = join(folder, 'checkpoint.bin')
  const remove = (): void => {
    if (existsSync(path)) rmSync(path)
  }
  const there = options.resume && existsSync(path)
  const earlier = options.resume ? read(folder, path, experimentId) : undefined
  if (!earlier) remove()
  // Temporary files that a crash left behind.
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (/^checkpoint\.bin\..+\.tmp$/.test(name)) rmSync(join(folder, name))
  const began = performance.now()
  let saved = began
  return {
    ...(earlier ? { earlier } : {}),
    ...(there && !earlier ? { unusable: true as const } : {}),
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

/** The identity of the experiment of a folder's checkpoint; undefined without a readable checkpoint. */
export function checkpointIn(folder: string): string | undefined {
  return readFile(join(folder, 'checkpoint.bin'), readVectorsHead)?.experimentId
}

function read(folder: string, path: string, experimentId: string) {
  const file = readFile(path, readVectorsFile)
  if (file?.experimentId !== experimentId) return undefined
  const log = readEvents(join(folder, 'events.ndjson'), file.events)
  return log && { ...file, log }
}

/** A damaged file, or one of another version, counts as missing. */
function readFile(path: string, reading: (path: string) => unknown): CheckpointFile | undefined {
  if (!existsSync(path)) return undefined
  try {
    if (!isWhole(path)) return undefined
    const file = reading(path) as CheckpointFile | undefined
    return file?.fileVersion === fileVersion ? file : undefined
  } catch {
    return undefined
  }
}

/** The first `count` events of a log; undefined if it has fewer. */
function readEvents(path: string, count: number): LoggedEvent[] | undefined {
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, 'utf8').split('\n', count)
  if (lines.length < count || lines.some((line) => line === '')) return undefined
  const reader = createLineReader(notANumber)
  return lines.map((line) => reader.next(line))
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
