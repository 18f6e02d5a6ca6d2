import { kernels } from '#aggregation/kernels/kernels.ts'
import { squaredDistance } from '#aggregation/math/distances.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { AggregationRequest } from '../peer/ports.ts'
import { attackOf } from '../plan/byzantine.ts'
import type { Plan } from '../plan/plan.ts'
import type { Update } from '../round/update.ts'
import type { Displacement } from './figures.ts'

type Aggregate = (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput>

/** Maximum number of measured victims in a round, evenly spaced over all victims. */
const maxVictims = 16

interface Held {
  /** The peer's honest vector (d), and the model (d) at the start of its local steps. */
  readonly vector: Float32Array
  readonly start: Float32Array | undefined
}

interface Round {
  readonly victims: ReadonlySet<PeerIndex>
  readonly needed: ReadonlySet<PeerIndex>
  readonly held: Map<PeerIndex, Held>
  /** Peers that share an aggregation share its ratio. */
  readonly ratios: Map<AggregationOutput, Promise<number | undefined>>
}

/**
 * Measures how far the attack moved the aggregates of its victims at evaluated rounds. It runs the rule again with the
 * Byzantine peers' honest vectors instead of the crafted ones. It divides the distance of the two outputs by the length
 * of the mean step of the honest members (with gradients, of their mean gradient). Exact; changes nothing in the run.
 * `earlier` holds the measurements of a run that resumes. Choices: at most 16 victims per round. Not measured if
 * Byzantine peers train on flipped labels, because then no peer computes their honest vectors, nor with rules that need
 * losses.
 */
export function createDisplacementMeter(
  experiment: Experiment,
  plan: Pick<Plan, 'byzantine' | 'neighbourhoodsAt'>,
  aggregate: Aggregate,
  earlier: readonly Displacement[] = [],
) {
  const { rounds, exchange } = experiment
  const byzantinePeers = new Set(plan.byzantine)
  const attack = attackOf(experiment)
  const measured =
    attack !== undefined && exchange !== 'none' && !plan.byzantine.some((_, rank) => attack.flipsLabels(rank))
  const due = (round: number): boolean => (round + 1) % rounds.evaluateEvery === 0 || round === rounds.count - 1
  const open = new Map<number, Round>()
  const found: Displacement[] = [...earlier]
  const pending = new Set<Promise<void>>()

  const roundOf = (number: number): Round => {
    const known = open.get(number)
    if (known) return known
    for (const old of open.keys()) if (old < number - 2) open.delete(old)
    const neighbourhoods = plan.neighbourhoodsAt(number)
    const beside = neighbourhoods.flatMap(({ members }, peer) =>
      !byzantinePeers.has(peer) && members.some((member) => byzantinePeers.has(member)) ? [peer] : [],
    )
    const victims = spaced(beside, maxVictims)
    const needed = new Set(victims.flatMap((peer) => neighbourhoods[peer]?.members ?? []))
    const round: Round = { victims: new Set(victims), needed, held: new Map(), ratios: new Map() }
    open.set(number, round)
    return round
  }

  const ratioOf = async (
    request: AggregationRequest,
    attacked: AggregationOutput,
    neighbourhood: number,
    { held }: Round,
  ): Promise<number | undefined> => {
    const { members = [], vectors } = request
    const honest = members.flatMap((member, k): Held[] => {
      const vector = vectors[k]
      const start = held.get(member)?.start
      if (byzantinePeers.has(member) || !vector) return []
      if (exchange === 'gradients') return [{ vector, start: undefined }]
      return start ? [{ vector, start }] : []
    })
    const clean = vectors.flatMap((vector, k) => {
      const member = members[k] as PeerIndex
      return byzantinePeers.has(member) ? (held.get(member)?.vector ?? []) : vector
    })
    if (honest.length === 0 || clean.length < vectors.length) return undefined
    const { output } = await aggregate({ ...request, vectors: clean }, neighbourhood)
    const step = meanStep(honest)
    return step > 0 ? distance(attacked.output, output) / step : undefined
  }

  return {
    /** Takes the honest vector of a peer, honest or Byzantine. */
    trained(update: Update, start: Float32Array): void {
      if (!measured || !due(update.round)) return
      const round = roundOf(update.round)
      if (round.needed.has(update.sender)) round.held.set(update.sender, { vector: update.vector, start })
    },
    /** Takes an aggregation: its input, its output and the size of its neighbourhood. */
    aggregated(peer: PeerIndex, request: AggregationRequest, attacked: AggregationOutput, neighbourhood: number): void {
      if (!measured || !due(request.round) || request.losses) return
      const round = roundOf(request.round)
      if (!round.victims.has(peer) || !request.members?.some((member) => byzantinePeers.has(member))) return
      const known = round.ratios.get(attacked) ?? ratioOf(request, attacked, neighbourhood, round)
      round.ratios.set(attacked, known)
      const work = known.then((ratio) => {
        if (ratio !== undefined) found.push({ round: request.round, peer, ratio })
        pending.delete(work)
      })
      pending.add(work)
    },
    /** Resolves after all pending measurements, to the list in the order of rounds and peers. */
    async settled(): Promise<readonly Displacement[]> {
      await Promise.all(pending)
      return found.toSorted((a, b) => a.round - b.round || a.peer - b.peer)
    },
  }
}

function spaced(values: readonly PeerIndex[], max: number): PeerIndex[] {
  if (values.length <= max) return [...values]
  return Array.from({ length: max }, (_, i) => values[Math.floor((i * values.length) / max)] as PeerIndex)
}

/** Length of the mean over peers of vector - start, or of the vectors if they have no start. */
function meanStep(honest: readonly Held[]): number {
  const moved = honest.some(({ start }) => start)
  const sum = kernels().sums(
    honest.flatMap(({ vector, start }) => (start ? [vector, start] : [vector])),
    moved ? -1 : 1,
  )
  let total = 0
  for (let k = 0; k < sum.length; k++) total += (sum[k] as number) * (sum[k] as number)
  return Math.sqrt(total) / honest.length
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(squaredDistance(a, b))
}
