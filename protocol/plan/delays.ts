import { exponential, logarithm, normal, type Random, randomStream } from '#learning/random.ts'
import type { PeerIndex } from '#topology/graph.ts'

export interface Delays {
  /** Mean delay of a message, one way. */
  readonly delayMs: number
  readonly delayShape?: 'exponential' | 'constant' | 'log-normal'
}

/** Standard deviation of the logarithm of log-normal delays. */
const sigma = 1

/**
 * Draws the delay of one message in milliseconds, with mean `delayMs`. exponential: -delayMs ln(1 - u).
 * log-normal: delayMs exp(sigma N(0, 1) - sigma^2 / 2), sigma = 1.
 */
export function delayOf({ delayMs, delayShape = 'exponential' }: Delays, random: Random): number {
  switch (delayShape) {
    case 'constant':
      return delayMs
    case 'exponential':
      return -delayMs * logarithm(1 - random())
    case 'log-normal':
      return delayMs * exponential(sigma * normal(random) - sigma ** 2 / 2)
  }
}

/** The factor on the duration of a peer's local steps: 1, or `factor` for a straggler. */
export function slownessOf(
  { share, factor }: { readonly share: number; readonly factor: number },
  seed: number,
  peer: PeerIndex,
): number {
  return share > 0 && randomStream(seed, 'straggler', peer)() < share ? factor : 1
}
