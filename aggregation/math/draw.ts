/** The random stream of a rule that draws. Throws RangeError if the caller passed none. */
export function drawing(rule: string, random: (() => number) | undefined): () => number {
  if (!random) throw new RangeError(`${rule} draws at random and needs a stream of numbers`)
  return random
}

/** A new permutation of 0..n-1 (Fisher-Yates from the end), with one draw for each of the last n - 1 positions. */
export function shuffled(random: () => number, n: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swap = order[i] as number
    order[i] = order[j] as number
    order[j] = swap
  }
  return order
}

/** `count` distinct numbers of 0..d-1, ascending; all sets are equally likely (Floyd). O(count log count). */
export function sample(random: () => number, d: number, count: number): Uint32Array {
  const chosen = new Set<number>()
  for (let top = d - count; top < d; top++) {
    const pick = Math.floor(random() * (top + 1))
    chosen.add(chosen.has(pick) ? top : pick)
  }
  return Uint32Array.from(chosen).sort()
}
