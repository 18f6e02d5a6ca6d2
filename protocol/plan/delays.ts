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
 * The delay of one message in milliseconds, of mean `delayMs`. Exponential: -mean ln(1 - u). Log-normal: exp of a normal
 * number with deviation 1 and the mean that makes the delay's mean come out right (minus 1/2 in the exponent).
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

/** How many times as long the local steps of a peer take: 1, or the factor of a straggler. */
export function slownessOf(
  { share, factor }: { readonly share: number; readonly factor: number },
  seed: number,
  peer: PeerIndex,
): number {
  return share > 0 && randomStream(seed, 'straggler', peer)() < share ? factor : 1
}
