/** Something to time; `refusal` is the reason if it cannot run. */
export interface Subject {
  readonly name: string
  readonly run?: () => unknown
  readonly refusal?: string
}

/** Milliseconds of a subject, or the reason why there are none. */
export type Timing = { readonly name: string } & ({ readonly ms: number } | { readonly refusal: string })

/**
 * Times all subjects once in each round and keeps the minimum of each, so that disturbances affect all alike.
 * A subject with a first run above `patienceMs` does not run again.
 */
export async function interleaved(
  subjects: readonly Subject[],
  rounds: number,
  patienceMs: number,
  watch: (name: string, round: number) => void,
): Promise<Timing[]> {
  const least = subjects.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < rounds; round++) {
    for (const [i, { name, run }] of subjects.entries()) {
      if (!run || (round > 0 && (least[i] as number) > patienceMs)) continue
      watch(name, round)
      const start = performance.now()
      await run()
      least[i] = Math.min(least[i] as number, performance.now() - start)
    }
  }
  return subjects.map(({ name, refusal = 'cannot run' }, i) =>
    least[i] === Number.POSITIVE_INFINITY ? { name, refusal } : { name, ms: least[i] as number },
  )
}
