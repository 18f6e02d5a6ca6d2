import type { ConfiguredRule } from '#aggregation/rule.ts'
import { isExternal } from '#aggregation/rules/external.ts'
import type { Experiment } from '../experiment/schema.ts'
import { attackOf } from './byzantine.ts'
import type { Overlay } from './overlay.ts'
import { PlanError } from './plan-error.ts'

/** Throws PlanError where parts of an experiment do not fit each other, whatever the neighbourhoods are. */
export function refuseMisfits(experiment: Experiment, overlay: Overlay): void {
  const { n, byzantine } = overlay
  const { edges } = overlay.at(0)
  if (experiment.exchange === 'gradients' && edges.length !== (n * (n - 1)) / 2) {
    throw new PlanError(
      'exchange',
      `gradients are exchanged on the complete graph; topology ${experiment.topology.name} has ${edges.length} of ${(n * (n - 1)) / 2} edges`,
    )
  }
  refuseChanging(experiment, overlay)
  const { name } = experiment.aggregation
  if (isExternal(name) && experiment.runtime.name !== 'simulation' && experiment.runtime.name !== 'processes') {
    throw new PlanError(
      'aggregation',
      `a rule of your own runs in simulation and processes only, not in runtime ${experiment.runtime.name}`,
    )
  }
  const { localSteps, localEpochs, momentum } = experiment.learning
  if (momentum.at === 'aggregate' && experiment.exchange === 'models') {
    throw new PlanError(
      'learning.momentum.at',
      'momentum at the aggregate needs exchange: gradients, got models; models carry it at: local',
    )
  }
  if (localEpochs !== undefined && localSteps > 1) {
    throw new PlanError('learning.localEpochs', `steps are counted or epochs, not both; localSteps is ${localSteps}`)
  }
  if (localEpochs !== undefined && experiment.exchange === 'gradients') {
    throw new PlanError(
      'learning.localEpochs',
      'gradients are those of one batch a round; epochs need exchange: models',
    )
  }
  const { churn, drop, delayMs, uplinkMbps, computeMs, stragglers } = experiment.faults
  const disturbances = { churn, drop, delayMs, uplinkMbps, computeMs, stragglers: stragglers.share }
  const fault = Object.entries(disturbances).find(([, amount]) => amount > 0)
  if (fault && experiment.runtime.name !== 'simulation') {
    throw new PlanError(
      `faults.${fault[0]}`,
      `faults exist in a simulation only; runtime ${experiment.runtime.name} has those of its own`,
    )
  }
  refuseWandering(experiment)
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
  if (attack?.knowledge === 'omniscient' && experiment.runtime.name !== 'simulation') {
    throw new PlanError(
      'attack.knowledge',
      `omniscient Byzantine peers exist in a simulation only, not in runtime ${experiment.runtime.name}`,
    )
  }
  const { runtime } = experiment
  const wholeSet = runtime.name === 'simulation' || runtime.name === 'processes'
  if (attack?.wholeSet && !wholeSet) {
    const { option, instead } = attack.wholeSet
    throw new PlanError(
      `attack.${option}`,
      `Byzantine peers of runtime ${runtime.name} hold the colluders' own examples only; take ${option}: ${instead}`,
    )
  }
}

/** What peers that go at their own pace cannot do. */
function refuseWandering({ pace, exchange, runtime, dissemination, commitments }: Experiment): void {
  if (pace.name === 'rounds') return
  const asked = { exchange, 'runtime.name': runtime.name, dissemination, commitments }
  const needed = { exchange: 'models', 'runtime.name': 'simulation', dissemination: 'direct', commitments: 'off' }
  for (const [path, value] of Object.entries(needed)) {
    const given = asked[path as keyof typeof asked]
    if (given !== value) throw new PlanError(path, `pace ${pace.name} needs ${value}, got ${given}`)
  }
}

/** What needs the same neighbours in every round. */
function refuseChanging({ topology, dissemination, commitments }: Experiment, { period }: Overlay): void {
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

/** Throws PlanError where a quorum is more than there are neighbours, or less than the rule needs. */
export function refuseQuorum(quorum: number | undefined, peer: number, neighbours: number, rule: ConfiguredRule): void {
  if (quorum === undefined) return
  if (quorum > neighbours) {
    throw new PlanError(
      'rounds.quorum',
      `peer ${peer} has ${neighbours} neighbours, fewer than the quorum of ${quorum}`,
    )
  }
  if (quorum + 1 < 2 * rule.f + 1 || quorum + 1 < rule.minimum) {
    const least = Math.max(2 * rule.f, rule.minimum - 1)
    throw new PlanError(
      'rounds.quorum',
      `${rule.name} with f=${rule.f} needs a quorum of at least ${least} neighbours, got ${quorum}`,
    )
  }
}
