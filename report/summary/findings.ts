import type { Experiment } from '#protocol/experiment/schema.ts'
import type { NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { Metrics, TwinSummary } from './summary.ts'
import { type RunRole, runRole, twinRole } from './twin-role.ts'
import { count, figure, isMeasured, median, percent, points, sentence } from './wording.ts'

/** Differences of mean accuracy below one point are within the noise of a seed. */
const noise = 0.01
/** A larger |z| gets a note: the LIE paper uses 0.2 to 1.5 (its Tables 1 and 2). */
const farFromLittle = 3

interface Measured {
  readonly experiment: Experiment
  readonly metrics: Metrics
  readonly twins: readonly TwinSummary[]
  readonly attackZ: number | null
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  /** Rounds done at the last evaluation. */
  readonly rounds: number
}

/**
 * The results of the run in plain sentences: the final accuracy of honest peers; the cost of the Byzantine peers to
 * plain averaging, beside training alone; the gain of the rule; attack success; a large z; the accuracy of other
 * defended twins.
 */
export function findings(measured: Measured): string[] {
  const { experiment, metrics, twins } = measured
  if (!isMeasured(metrics.accuracy.mean)) return ['Nothing was evaluated.']
  const runs = [
    { role: runRole(experiment), accuracy: asShown(metrics.accuracy), label: 'this run', own: true },
    ...twins.map((twin) => ({
      role: roleOf(experiment, twin),
      accuracy: asShown(twin.metrics.accuracy),
      label: twin.label,
      own: false,
    })),
  ].filter((run) => isMeasured(run.accuracy.mean))
  const first = (role: RunRole): number | undefined => runs.find((run) => run.role === role)?.accuracy.mean
  const free = first('attack-free')
  const undefended = first('undefended')
  const alone = first('alone')
  return [
    ending(measured),
    ...(free !== undefined && undefended !== undefined ? [costOfAttack(experiment, free, undefended, alone)] : []),
    ...(runRole(experiment) === 'defended' && undefended !== undefined
      ? [worthOfRule(experiment, asShown(metrics.accuracy).mean, undefended, free)]
      : []),
    ...(runRole(experiment) !== 'alone' && alone !== undefined && metrics.accuracy.mean < alone - noise
      ? [`Each peer alone reaches ${percent(alone)}: training together does not pay off here.`]
      : []),
    ...successLine(measured),
    ...factorLine(measured),
    ...runs
      .filter((run) => !run.own && run.role === 'defended')
      .map(
        (run) =>
          `${sentence(run.label)}: ${percent(run.accuracy.mean)} on average, ${percent(run.accuracy.worst)} at the worst peer.`,
      ),
  ]
}

/** Rounded as printed, so that the printed differences are those of the printed numbers. */
function asShown({ mean, worst }: Metrics['accuracy']): { mean: number; worst: number } {
  return { mean: Math.round(mean * 1000) / 1000, worst: Math.round(worst * 1000) / 1000 }
}

/** The role of a twin, by the `set` of its declaration; `defended` if the experiment declares no twin of that name. */
export function roleOf(experiment: Experiment, twin: { readonly name: string }): RunRole {
  const declared = experiment.twins.find((entry) => entry.name === twin.name)
  return declared ? twinRole(experiment, declared.set) : 'defended'
}

function ending({ experiment, metrics, attackZ, rounds }: Measured): string {
  const { honest, byzantine } = experiment.peers
  const z = attackZ === null ? '' : `, z = ${figure(attackZ)}`
  const byzantinePeers =
    byzantine === 0 || experiment.attack.name === 'none'
      ? 'no attack'
      : `${count(byzantine, 'Byzantine peer')} among ${honest + byzantine} peers (${experiment.attack.name}${z})`
  return `After ${count(rounds, 'round')} honest peers reach ${percent(metrics.accuracy.mean)} on average and ${percent(metrics.accuracy.worst)} at the worst peer, with ${byzantinePeers}.`
}

function costOfAttack(experiment: Experiment, free: number, undefended: number, alone: number | undefined): string {
  const cost = free - undefended
  const byzantinePeers = count(experiment.peers.byzantine, 'Byzantine peer')
  if (cost < noise) {
    return `The ${byzantinePeers} cost plain averaging less than one point: ${percent(undefended)} with the attack, ${percent(free)} without.`
  }
  const against =
    alone === undefined
      ? ''
      : undefended < alone
        ? `, below training alone (${percent(alone)})`
        : `, still above training alone (${percent(alone)})`
  return `The ${byzantinePeers} cost an undefended swarm ${points(cost)}: plain averaging falls from ${percent(free)} to ${percent(undefended)}${against}.`
}

function worthOfRule(experiment: Experiment, accuracy: number, undefended: number, free: number | undefined): string {
  const won = accuracy - undefended
  const rule = ruleTitle(experiment.aggregation)
  if (won <= -noise) {
    return `${rule} is worse than plain averaging under the same attack by ${points(won)} (${percent(accuracy)} against ${percent(undefended)}).`
  }
  if (won < noise)
    return `${rule} is no better than plain averaging here (${percent(accuracy)} against ${percent(undefended)}).`
  const cost = free === undefined ? 0 : free - undefended
  if (cost < noise)
    return `${rule} gains ${points(won)} over plain averaging (${percent(accuracy)} against ${percent(undefended)}).`
  return won >= cost
    ? `${rule} wins back all of the ${points(cost)}: ${percent(accuracy)}.`
    : `${rule} wins back ${(100 * won).toFixed(1)} of the ${points(cost)}: ${percent(accuracy)}.`
}

/** The attack success, with the base rate if a twin without the attack has one. */
function successLine({ experiment, metrics, twins }: Measured): string[] {
  const { probe } = experiment
  const rate = metrics.attack.successRate
  if (!probe || !isMeasured(rate)) return []
  const base = twins.find((twin) => roleOf(experiment, twin) === 'attack-free')?.metrics.attack.successRate
  const without = isMeasured(base) ? `, and ${percent(base)} without the attack` : ''
  const what =
    probe.name === 'pattern'
      ? `honest peers take ${percent(rate)} of stamped test images for label ${probe.target}`
      : `${percent(rate)} of honest peers take training image ${probe.image} for label ${probe.target}`
  return [`Attack success: ${what}${without}.`]
}

function factorLine({ experiment, attackZ, neighbourhoods }: Measured): string[] {
  if (experiment.attack.name !== 'little-is-enough' || attackZ === null || Math.abs(attackZ) < farFromLittle) return []
  const realised = median(neighbourhoods.flatMap((entry) => (entry.realisedZ === null ? [] : [entry.realisedZ])))
  const seen = realised === null ? '' : ` (realised z at the median victim: ${figure(Number(realised.toFixed(1)))})`
  return [
    `z = ${figure(attackZ)} is large${seen}: the LIE paper uses 0.2 to 1.5. The crafted vectors are far from every honest one.`,
  ]
}

/** `Median`, `Trimmed mean`, `Krum after nnm`. */
function ruleTitle(aggregation: Experiment['aggregation']): string {
  const title = sentence(aggregation.name.replaceAll('-', ' '))
  return aggregation.before.length === 0 ? title : `${title} after ${aggregation.before.map((b) => b.name).join(', ')}`
}
