import { squaredDistance } from '#aggregation/math/distances.ts'
import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { CraftContext, Known, Victim } from '../attack.ts'
import { type StandIns, standIns } from './stand-ins.ts'
import { meanOf } from './statistics.ts'

/**
 * How far a crafted vector p (d) moves the victims' aggregate: |F(H, m copies of p) - mean(H)|, averaged over the
 * victims. F is the public rule with its pre-aggregators, H the victim's honest neighbours or their stand-ins. Victims
 * with the same n and m, and nothing else known, are computed once.
 * Throws RangeError if the rule is unknown, or undefined for n vectors. Computed in 64-bit numbers if the rule has such
 * a twin. Each call costs one aggregation of n vectors for each kind of victim.
 */
export function displacementOf(known: Known, context: CraftContext, attack: string): (crafted: Float64Array) => number {
  const { pipeline, distance = euclidean } = context
  if (!pipeline) throw new RangeError(`${attack} needs the victim's rule to search for its factor`)
  const groups = groupsOf(known, context).map(({ victim, share }) => {
    const honest = standIns(known, victim, context)
    return { victim, share, honest, mean: meanOf(honest.vectors), rule: pipeline(victim.n) }
  })
  return (crafted) =>
    groups.reduce((sum, { victim, share, honest, mean, rule }) => {
      return sum + share * distance(aggregate(rule, honest, crafted, victim, context), mean)
    }, 0)
}

function euclidean(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return Math.sqrt(squaredDistance(x, y))
}

function groupsOf(known: Known, { n, m, victims, graph }: CraftContext) {
  if (victims.length === 0) return [{ victim: { n, m }, share: 1 }]
  const share = 1 / victims.length
  if ('heard' in known && graph) return victims.map((victim) => ({ victim, share }))
  const kinds = new Map<string, { victim: Omit<Victim, 'peer'> & { peer?: number }; share: number }>()
  for (const victim of victims) {
    const heard = 'heard' in known && known.heard.some(({ peer }) => peer === victim.peer)
    const key = heard ? `${victim.peer}` : `${victim.n}/${victim.m}`
    const { peer: _, ...public_ } = victim
    kinds.set(key, { victim: heard ? victim : public_, share: (kinds.get(key)?.share ?? 0) + share })
  }
  return [...kinds.values()]
}

function aggregate(
  rule: ConfiguredRule,
  { vectors, own }: StandIns,
  crafted: Float64Array,
  { m }: Omit<Victim, 'peer'>,
  { round, ruleState, exact }: CraftContext,
): ArrayLike<number> {
  if (exact) return exact([...vectors, ...Array.from({ length: m }, () => crafted)], own)
  const rounded = Float32Array.from(crafted)
  const all = [...vectors, ...Array.from({ length: m }, () => rounded)]
  return rule.aggregate({
    vectors: all,
    own,
    weights: all.map(() => 1 / all.length),
    round,
    rounds: round + 1,
    // The victim's loss on a crafted model is unknown to an attack: all losses count as equal.
    ...(rule.needs.includes('loss') ? { losses: all.map(() => 1) } : {}),
    ...(ruleState === undefined ? {} : { state: ruleState }),
  }).output
}
