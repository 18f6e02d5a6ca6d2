import type { PeerIndex } from '#topology/graph.ts'
import type { Omniscience } from '../adversary/member.ts'
import type { Plan } from '../plan/plan.ts'
import type { Update } from '../round/update.ts'

/** Collects the honest vectors of each round for omniscient colluders. */
export function createOmniscience({ n, byzantine }: Pick<Plan, 'n' | 'byzantine'>): Omniscience & {
  add(update: Update): void
} {
  const colluders = new Set(byzantine)
  const honest = Array.from({ length: n }, (_, peer) => peer).filter((peer) => !colluders.has(peer))
  const rounds = new Map<number, Map<PeerIndex, Float32Array>>()
  /** The vectors of complete rounds. */
  const complete = new Map<number, readonly Float32Array[]>()
  const watchers: (() => void)[] = []
  return {
    add({ round, sender, vector }) {
      const vectors = rounds.get(round) ?? new Map<PeerIndex, Float32Array>()
      rounds.set(round, vectors.set(sender, vector))
      for (const store of [rounds, complete]) for (const old of store.keys()) if (old < round - 2) store.delete(old)
      if (vectors.size < honest.length) return
      complete.set(
        round,
        honest.map((peer) => vectors.get(peer) as Float32Array),
      )
      for (const changed of watchers) changed()
    },
    honest: (round) => complete.get(round),
    watch(changed) {
      watchers.push(changed)
    },
  }
}
