import { quorumOf } from '#protocol/assembly/peer-config.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { attackOf } from '#protocol/plan/byzantine.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import { whoNeeds } from './starvation.ts'
import { count } from './wording.ts'

/** The number of rounds examined if the graph changes. */
const roundsLookedAt = 32

/**
 * One sentence before a run if some honest peers may starve; otherwise none. A peer may starve if its rule needs more
 * vectors than are left without the Byzantine peers (silent attacks) or without one update (drop or churn).
 */
export function starvationWarning(experiment: Experiment, plan: Plan): string[] {
  const { exchange, faults, pace, rounds } = experiment
  if (exchange === 'none' || pace.name !== 'rounds') return []
  const silent = attackOf(experiment)?.arrives === 'never'
  const lossy = faults.drop > 0 || faults.churn > 0
  if (!silent && !lossy) return []
  const byzantinePeers = new Set(plan.byzantine)
  const short = new Map<number, { readonly needed: number; readonly come: number }>()
  for (let round = 0; round < Math.min(plan.period, rounds.count, roundsLookedAt); round++) {
    plan.neighbourhoodsAt(round).forEach(({ members, rule }, peer) => {
      if (byzantinePeers.has(peer) || members.length === 1) return
      const needed = quorumOf(rounds.quorum, members.length - 1, rule) + 1
      const spoken = silent
        ? members.filter((member) => member === peer || !byzantinePeers.has(member)).length
        : members.length
      const come = lossy ? spoken - 1 : spoken
      const before = short.get(peer)
      if (needed - come > (before ? before.needed - before.come : 0)) short.set(peer, { needed, come })
    })
  }
  const [worst] = [...short].sort(([, a], [, b]) => b.needed - b.come - (a.needed - a.come))
  if (!worst) return []
  const [peer, { needed, come }] = worst
  const why = [...(silent ? ['the Byzantine peers are silent'] : []), ...(lossy ? ['one update is lost'] : [])].join(
    ' and ',
  )
  const when = plan.period === 1 ? '' : ' in some rounds'
  return [
    `warning: ${whoNeeds(experiment)} needs ${needed} vectors, the peer's own included. Peer ${peer} has ${come} if ${why}; ${short.size} of ${count(plan.n - byzantinePeers.size, 'honest peer')} may starve${when}`,
  ]
}
