import type { Observation } from '../peer/peer-ports.ts'
import type { Plan } from '../plan/plan.ts'
import type { NeighbourhoodFigures } from './figures.ts'
import { consensusDistance, influenceOfByzantine, vectorFigures } from './metrics.ts'

type VectorFigures = ReturnType<typeof vectorFigures>

/** Number of cached aggregations: within a round, aggregations with equal inputs come close together. */
const remembered = 4

/** Figures of a run that resumes, up to its checkpoint. */
interface EarlierFigures {
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
}

/**
 * Computes the figures that need roles and vectors, at the aggregations of evaluated rounds. Honest peers with the same
 * input arrays and the same output array share the work. `earlier` holds the figures of a run that resumes.
 */
export function createExactFigures(plan: Pick<Plan, 'n' | 'byzantine'>, earlier?: EarlierFigures) {
  const neighbourhoods: NeighbourhoodFigures[] = [...(earlier?.neighbourhoods ?? [])]
  const consensus: { round: number; distance: number }[] = [...(earlier?.consensus ?? [])]
  const models = new Map<number, Float32Array[]>()
  const byzantinePeers = new Set(plan.byzantine)
  const honest = plan.n - byzantinePeers.size
  const recent: { readonly observation: Observation; readonly figures: VectorFigures }[] = []

  const figuresOf = (observation: Observation): VectorFigures => {
    const known = recent.find((other) => alike(other.observation, observation))
    if (known) return known.figures
    const { members, vectors, output } = observation
    const figures = vectorFigures({
      output,
      members: members.map((peer, k) => ({
        peer,
        vector: vectors[k] as Float32Array,
        role: byzantinePeers.has(peer) ? ('byzantine' as const) : ('honest' as const),
      })),
    })
    recent.push({ observation, figures })
    if (recent.length > remembered) recent.shift()
    return figures
  }

  return {
    neighbourhoods,
    consensus,
    observe(observation: Observation): void {
      const { peer, round, members, influence, model } = observation
      if (byzantinePeers.has(peer)) return
      neighbourhoods.push({
        round,
        peer,
        ...figuresOf(observation),
        byzantineInfluence: influenceOfByzantine(
          members.map((member, k) => [member, influence[k] ?? 0] as const),
          byzantinePeers,
        ),
      })
      const ofRound = models.get(round) ?? []
      ofRound.push(model)
      models.set(round, ofRound)
      if (ofRound.length < honest) return
      consensus.push({ round, distance: consensusDistance(ofRound) })
      models.delete(round)
      recent.length = 0
    },
  }
}

function alike(a: Observation, b: Observation): boolean {
  return (
    a.output === b.output &&
    a.vectors.length === b.vectors.length &&
    a.vectors.every((vector, i) => vector === b.vectors[i] && a.members[i] === b.members[i])
  )
}
