import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import { count } from './wording.ts'

/** The number of rounds examined if the graph changes. */
const roundsLookedAt = 32

/** One sentence if some honest peers have more Byzantine neighbours than the f of their rule; otherwise none. */
export function toleranceNote(experiment: Experiment, plan: Plan): string[] {
  const { aggregation, attack, exchange, pace, rounds } = experiment
  const declaresF = 'f' in aggregation || aggregation.before.some((before) => 'f' in before)
  const ruled = pace.name === 'rounds' || (pace.name === 'gossip-learning' && pace.merge === 'rule')
  if (!declaresF || !ruled || attack.name === 'none' || exchange === 'none') return []
  const byzantinePeers = new Set(plan.byzantine)
  const over = new Map<number, { readonly beside: number; readonly f: number }>()
  for (let round = 0; round < Math.min(plan.period, rounds.count, roundsLookedAt); round++) {
    plan.neighbourhoodsAt(round).forEach(({ members, rule: { f } }, peer) => {
      const beside = members.filter((member) => member !== peer && byzantinePeers.has(member)).length
      const before = over.get(peer)
      if (!byzantinePeers.has(peer) && beside - f > (before ? before.beside - before.f : 0))
        over.set(peer, { beside, f })
    })
  }
  const [worst] = [...over].sort(([, a], [, b]) => b.beside - b.f - (a.beside - a.f))
  if (!worst) return []
  const [peer, { beside, f }] = worst
  const when = plan.period === 1 ? '' : ' in some rounds'
  const honest = plan.n - byzantinePeers.size
  return [
    `${over.size} of ${honest} honest peers have more Byzantine neighbours${when} than their rule tolerates (peer ${peer}: ${count(beside, 'Byzantine neighbour')}, f = ${f}). To list them: hearsay topology show.`,
  ]
}
