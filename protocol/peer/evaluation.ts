import { encodeSketch } from '../record/sketch.ts'
import { vectorDigest } from '../record/vector-digest.ts'
import type { Update } from '../round/update.ts'
import type { PeerConfig, PeerPorts } from './peer-ports.ts'

/** The vectors of an aggregation, for the sketches of an `evaluated` event. */
export interface SeenVectors {
  readonly own: Float32Array
  readonly output: Float32Array
  readonly updates: readonly Update[]
}

/** A measurement in progress. */
export interface Measurement {
  /** Records the result for this round, then calls `then`. */
  record(round: number, seen: SeenVectors | undefined, then: () => void): void
}

export interface Evaluation {
  /** Whether a round is evaluated: every `evaluateEvery` rounds, and the last one. */
  due(round: number): boolean
  /** Starts to measure the present model. */
  measure(): Measurement
  underWay(): boolean
}

/** Measures a peer's model on the test set and records it; `ended` is called after each measurement. */
export function createEvaluation(
  setup: Pick<PeerConfig, 'rules' | 'evaluateEvery' | 'sketch'>,
  { trainer, clock, digest, recorder }: Pick<PeerPorts, 'trainer' | 'clock' | 'digest' | 'recorder'>,
  ended: () => void,
): Evaluation {
  const { rules, evaluateEvery, sketch } = setup
  let underWay = 0
  return {
    due: (round) => (round + 1) % evaluateEvery === 0 || round === rules.rounds - 1,
    underWay: () => underWay > 0,
    measure() {
      const startedMs = clock.now()
      const work = Promise.all([trainer.evaluate(), vectorDigest(trainer.read(), digest)])
      // `settle` reports a failure later; this avoids an unhandled rejection before.
      work.catch(() => undefined)
      return {
        record(round, seen, then) {
          underWay++
          clock.settle(work, 0, ([measured, sha256]) => {
            recorder.record({
              type: 'evaluated',
              peer: rules.self,
              round,
              atMs: clock.now(),
              loss: measured.loss,
              accuracy: measured.accuracy,
              ...(measured.probed === undefined ? {} : { probed: measured.probed }),
              evaluateMs: clock.now() - startedMs,
              digest: sha256,
              ...(sketch && seen
                ? {
                    sketches: {
                      own: encodeSketch(seen.own, sketch),
                      output: encodeSketch(seen.output, sketch),
                      model: encodeSketch(trainer.read(), sketch),
                      received: seen.updates.map(
                        ({ sender, vector }) => [sender, encodeSketch(vector, sketch)] as const,
                      ),
                    },
                  }
                : {}),
            })
            underWay--
            then()
            ended()
          })
        },
      }
    },
  }
}
