import { configurePipeline } from '#aggregation/pipeline.ts'
import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { ConfiguredAttack, CraftContext, GraphKnown } from '#attacks/attack.ts'
import { clippedAverage } from '#attacks/math/clipped-average.ts'
import { configureOwnAttack } from '#attacks/own.ts'
import { attacks } from '#attacks/registry.ts'
import { flippedLabel } from '#learning/training/examples.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { Neighbourhood, Plan } from './plan.ts'
import { PlanError, withPath } from './plan-error.ts'

/** The configured attack of an experiment; undefined for attack none. Throws PlanError for bad parameters. */
export function attackOf(experiment: Pick<Experiment, 'attack'>): ConfiguredAttack | undefined {
  const { attack } = experiment
  if (attack.name === 'none') return undefined
  if (attack.name === 'module') return withPath('attack', () => configureOwnAttack(attack))
  const declaration = attacks.find(({ name }) => name === attack.name)
  if (!declaration) throw new PlanError('attack.name', `there is no attack named ${attack.name}`)
  return withPath('attack', () => declaration.configure(attack))
}

/** Public knowledge, which Byzantine peers have too: the rule for each size of neighbourhood, and the graph. */
export function publicKnowledge(
  experiment: Pick<Experiment, 'aggregation'>,
  plan: Pick<Plan, 'neighbourhoodsAt'>,
  byzantine: readonly PeerIndex[],
): Required<Pick<CraftContext, 'pipeline' | 'exact'>> & { graph(round: number): GraphKnown } {
  const graphs = new WeakMap<readonly Neighbourhood[], GraphKnown>()
  const rules = new Map<number, ConfiguredRule>()
  return {
    pipeline(n) {
      const rule = rules.get(n) ?? configurePipeline(experiment.aggregation, n)
      rules.set(n, rule)
      return rule
    },
    exact: clippedAverage(experiment.aggregation),
    graph(round) {
      const rows = plan.neighbourhoodsAt(round)
      const known = graphs.get(rows) ?? { rows, byzantine }
      graphs.set(rows, known)
      return known
    },
  }
}

/** Returns the examples, with flipped labels if the attack makes the Byzantine peer of this rank train on such. */
export function poisoned(attack: ConfiguredAttack, rank: number, examples: Uint32Array): Uint32Array {
  return attack.flipsLabels(rank) ? examples.map((example) => (example | flippedLabel) >>> 0) : examples
}
