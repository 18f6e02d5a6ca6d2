import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { Experiment } from '../experiment/schema.ts'
import { attackOf } from './byzantine.ts'
import type { Overlay } from './overlay.ts'
import { ownCodeOf } from './own-code.ts'
import { PlanError, refusalsOf } from './plan-error.ts'

/** Runs the checks that need no neighbourhood. Throws the first PlanError: some options contradict each other. */
export function refuseMisfits(experiment: Experiment, overlay: Overlay): void {
  for (const refuse of misfits) refuse(experiment, overlay)
}

/** Runs the same checks, and returns the PlanErrors of all. */
export function misfitsOf(experiment: Experiment, overlay: Overlay): PlanError[] {
  return misfits.flatMap((refuse) => refusalsOf(() => refuse(experiment, overlay)))
}

function refuseSparseGradients({ exchange, topology }: Experiment, overlay: Overlay): void {
  const { n } = overlay
  const { edges } = overlay.at(0)
  if (exchange === 'gradients' && edges.length !== (n * (n - 1)) / 2) {
    throw new PlanError(
      'exchange',
      `exchange: gradients needs the complete graph; topology ${topology.name} has ${edges.length} of ${(n * (n - 1)) / 2} edges`,
    )
  }
}

function refuseOwnCode(experiment: Experiment): void {
  const { name } = experiment.runtime
  const own = ownCodeOf(experiment)
  if (own && name !== 'simulation' && name !== 'processes') {
    throw new PlanError(
      own.section,
      `your own ${own.what} runs only in runtime simulation or processes, not in ${name}`,
    )
  }
}

function refuseMomentum({ learning, exchange }: Experiment): void {
  if (learning.momentum.at === 'aggregate' && exchange === 'models') {
    throw new PlanError(
      'learning.momentum.at',
      'momentum at: aggregate needs exchange: gradients, got models; use at: local',
    )
  }
}

function refuseLocalEpochs({ learning: { localSteps, localEpochs }, exchange }: Experiment): void {
  if (localEpochs !== undefined && localSteps > 1) {
    throw new PlanError('learning.localEpochs', `set localEpochs or localSteps, not both; localSteps is ${localSteps}`)
  }
  if (localEpochs !== undefined && exchange === 'gradients') {
    throw new PlanError(
      'learning.localEpochs',
      'localEpochs needs exchange: models; exchange: gradients takes one batch a round',
    )
  }
}

function refuseFaults({ faults, runtime }: Experiment): void {
  const { churn, drop, delayMs, uplinkMbps, computeMs, stragglers } = faults
  const disturbances = { churn, drop, delayMs, uplinkMbps, computeMs, stragglers: stragglers.share }
  const fault = Object.entries(disturbances).find(([, amount]) => amount > 0)
  if (fault && runtime.name !== 'simulation') {
    throw new PlanError(`faults.${fault[0]}`, `faults are injected only in runtime simulation, not in ${runtime.name}`)
  }
}

function refuseColluders(experiment: Experiment, { byzantine }: Overlay): void {
  const attack = attackOf(experiment)
  if (attack && byzantine.length === 0) {
    throw new PlanError('peers.byzantine', `attack ${experiment.attack.name} needs at least one Byzantine peer`)
  }
  if (attack && byzantine.length < attack.minColluders) {
    throw new PlanError(
      'peers.byzantine',
      `${experiment.attack.name} needs at least ${attack.minColluders} colluders, got ${byzantine.length}`,
    )
  }
}

function refuseOmniscience(experiment: Experiment): void {
  const { runtime } = experiment
  if (attackOf(experiment)?.knowledge === 'omniscient' && runtime.name !== 'simulation') {
    throw new PlanError(
      'attack.knowledge',
      `knowledge: omniscient exists only in runtime simulation, not in ${runtime.name}`,
    )
  }
}

function refuseWholeSet(experiment: Experiment): void {
  const { runtime } = experiment
  const attack = attackOf(experiment)
  const wholeSet = runtime.name === 'simulation' || runtime.name === 'processes'
  if (attack?.wholeSet && !wholeSet) {
    const { option, instead } = attack.wholeSet
    throw new PlanError(
      `attack.${option}`,
      `in runtime ${runtime.name} Byzantine peers hold only the coalition's examples; use ${option}: ${instead}`,
    )
  }
}

/** Throws PlanError for options that need rounds, if peers keep their own pace. */
function refusePace({ pace, exchange, runtime, dissemination, commitments }: Experiment): void {
  if (pace.name === 'rounds') return
  const asked = { exchange, 'runtime.name': runtime.name, dissemination, commitments }
  const needed = { exchange: 'models', 'runtime.name': 'simulation', dissemination: 'direct', commitments: 'off' }
  for (const [path, value] of Object.entries(needed)) {
    const given = asked[path as keyof typeof asked]
    if (given !== value) throw new PlanError(path, `pace ${pace.name} needs ${value}, got ${given}`)
  }
}

/** Throws PlanError for options that need a static graph, if the topology changes it. */
function refuseDynamicGraph({ topology, dissemination, commitments }: Experiment, { period }: Overlay): void {
  if (period === 1) return
  const refuse = (path: string, value: string): never => {
    throw new PlanError(
      path,
      `${value} needs the same neighbours in every round; topology ${topology.name} changes them`,
    )
  }
  if (dissemination !== 'direct') refuse('dissemination', dissemination)
  if (commitments !== 'off') refuse('commitments', commitments)
}

/** The checks in their order. Each throws PlanError if some options contradict each other. */
const misfits: readonly ((experiment: Experiment, overlay: Overlay) => void)[] = [
  refuseSparseGradients,
  refuseDynamicGraph,
  refuseOwnCode,
  refuseMomentum,
  refuseLocalEpochs,
  refuseFaults,
  refusePace,
  refuseColluders,
  refuseOmniscience,
  refuseWholeSet,
]

/** Throws PlanError if a quorum exceeds the number of neighbours, or is smaller than the rule needs. */
export function refuseQuorum(quorum: number | undefined, peer: number, neighbours: number, rule: ConfiguredRule): void {
  if (quorum === undefined) return
  if (quorum > neighbours) {
    throw new PlanError(
      'rounds.quorum',
      `peer ${peer} has ${neighbours} neighbours, fewer than the quorum of ${quorum}`,
    )
  }
  if (quorum + 1 < 2 * rule.f + 1 || quorum + 1 < rule.minimum) {
    const minimum = Math.max(2 * rule.f, rule.minimum - 1)
    throw new PlanError(
      'rounds.quorum',
      `${rule.name} with f=${rule.f} needs a quorum of at least ${minimum} neighbours, got ${quorum}`,
    )
  }
}
