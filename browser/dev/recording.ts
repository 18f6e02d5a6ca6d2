import { parse } from 'yaml'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import type { StopReason } from '#protocol/peer/peer-ports.ts'
import { readEventLines } from '#protocol/record/event-lines.ts'
import type { RosterEntry, RunEvent } from '#protocol/record/events.ts'
import type { JoinProgress } from '#protocol/session/join-shell.ts'

/** One peer of a run folder, in steps that the page can play. */
export interface Recording {
  readonly experiment: Experiment
  readonly seat: RosterEntry
  /** The peer's events: first those before its first closed round, then one step per closed round. */
  readonly steps: readonly (readonly RunEvent[])[]
}

/** Reads the files of a run folder. Throws if the log has no such peer. */
export function readRecording(experimentYaml: string, eventLines: string, peer: number): Recording {
  const log = readEventLines(eventLines)
  const seat = log.flatMap((event) => (event.type === 'roster' ? event.peers : [])).find((entry) => entry.peer === peer)
  if (!seat) throw new Error(`the recorded run has no peer ${peer}`)
  const steps: RunEvent[][] = [[]]
  for (const event of log) {
    if (!('peer' in event) || event.peer !== peer) continue
    if (event.type === 'round-closed') steps.push([])
    steps.at(-1)?.push(event)
  }
  return { experiment: experimentSchema.parse(parse(experimentYaml)), seat, steps }
}

/** Passes one step of events to the page every `paceMs`, and ends as the peer ended. */
export async function play(
  { steps }: Recording,
  paceMs: number,
  signal: AbortSignal,
  progress: JoinProgress,
): Promise<StopReason> {
  for (const step of steps) {
    for (const event of step) progress.event?.(event)
    await pause(paceMs, signal)
    if (signal.aborted) return 'left'
  }
  const last = steps.flat().findLast((event) => event.type === 'stopped')
  if (last?.reason === 'failed') throw new Error(last.detail ?? 'no reason was recorded')
  if (last) return last.reason
  progress.stopAsked?.('the recording ends here')
  return 'left'
}

/** Resolves after `ms` milliseconds, or when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
