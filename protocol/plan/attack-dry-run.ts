import type { ConfiguredAttack } from '#attacks/attack.ts'
import type { Experiment } from '../experiment/schema.ts'
import { publicKnowledge } from './byzantine.ts'
import type { Plan } from './plan.ts'
import { withPath } from './plan-error.ts'
import { victimsOf } from './victims.ts'

/** Maximum number of distinct victim sizes (n, m) to try on a time-varying graph. */
const maxDryRuns = 500

/**
 * Crafts one vector at every Byzantine peer. Throws PlanError for n and m for which the attack has no parameters, so
 * that a run cannot fail for them later.
 */
export function dryRunAttack(attack: ConfiguredAttack, experiment: Experiment, plan: Plan): void {
  const vectors = plan.byzantine.map(() => new Float32Array(1))
  const honest = Array.from({ length: plan.n - plan.byzantine.length }, () => new Float32Array(1))
  const { graph, ...public_ } = publicKnowledge(experiment, plan, plan.byzantine)
  const tried = new Set<string>()
  for (let round = 0; round < Math.min(plan.period, experiment.rounds.count); round++) {
    for (const [rank, byzantinePeer] of plan.byzantine.entries()) {
      const victims = victimsOf(plan, byzantinePeer, round)
      const sizes = `${rank}: ${victims.map(({ n, m }) => `${n}/${m}`).join(' ')}`
      // Later rounds try only new sizes, at most `maxDryRuns`: each may take a long search.
      if (round > 0 && tried.has(sizes)) continue
      if (round > 0 && tried.size >= maxDryRuns) return
      tried.add(sizes)
      const heard = victims.map(({ peer }) => ({ peer, vector: new Float32Array(1) }))
      const known = {
        colluders: { colluders: vectors },
        neighbourhood: { colluders: vectors, heard },
        omniscient: { colluders: vectors, heard, honest },
      }[attack.knowledge]
      for (const aimedAt of attack.delivery === 'per-victim' ? victims.map((victim) => [victim]) : [victims]) {
        const context = {
          round,
          n: plan.n,
          m: plan.byzantine.length,
          victims: aimedAt,
          random: () => 0.5,
          own: rank,
          rank,
          graph: graph(round),
          trained: new Float32Array(1),
        }
        withPath('attack', () => attack.craft(known, { ...context, ...public_ }))
      }
    }
  }
}
