import type { Experiment } from '#protocol/experiment.ts'
import type { RunOutcome } from './launch/outcome.ts'
import type { Summary } from './report/summary.ts'

/**
 * How a run repeats. D0: its simulation gives the same transcript hash on any machine. D1: a swarm on the wasm engine is
 * computed again from the updates that each peer used in each round. D2: only statistically.
 */
export type RepetitionClass = Summary['repetition']['class']

/** The class of a run that has just ended; D1 needs every peer's numbers to be those of our own kernels. */
export function repetitionClass(
  experiment: Experiment,
  { exact, roster }: Pick<RunOutcome, 'exact' | 'roster'>,
): RepetitionClass {
  if (exact) return 'D0'
  // Guests draw their batches from seeds of their own, which no log has.
  if (experiment.runtime.name === 'hosted') return 'D2'
  return roster.every(({ engine }) => /^wasm\b(?!-)/.test(engine ?? '')) ? 'D1' : 'D2'
}
