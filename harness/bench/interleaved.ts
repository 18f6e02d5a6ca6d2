/** One thing to time; a subject that cannot run says why. */
export interface Subject {
  readonly name: string
  readonly run?: () => unknown
  readonly refusal?: string
}

/** Milliseconds of a subject, or why there are none. */
export type Timing = { readonly name: string } & ({ readonly ms: number } | { readonly refusal: string })

/**
 * Times subjects in rounds, each once a round, and keeps the least of each, so that all meet the same disturbances.
 * A subject whose first run took more than `patienceMs` is not run again.
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
