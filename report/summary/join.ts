import type { NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import { consensusDistance, neighbourhoodFigures, type Role } from '#protocol/figures/metrics.ts'
import type { LoggedEvent, RosterEntry, RunEvent, Sketch } from '#protocol/record/events.ts'
import { decodeSketch, sketchLength } from '#protocol/record/sketch.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { groupBy } from './log.ts'

type Evaluated = Extract<RunEvent, { type: 'evaluated' }>

export interface Joined {
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
}

/** The role of each peer. */
export function rolesOf(roster: readonly RosterEntry[]): ReadonlyMap<PeerIndex, Role> {
  return new Map(roster.map((entry) => [entry.peer, entry.role]))
}

/**
 * Estimates the figures that need roles, from the sketches of honest peers at evaluation rounds. Neighbourhood figures
 * are those of the sketched coordinates. The consensus distance is scaled by d / (sketched coordinates), over the
 * honest peers that evaluated the round (at least two). Events come from peers, so malformed sketches are left out.
 * O(events x 256).
 */
export function joinSketches(log: readonly LoggedEvent[], roles: ReadonlyMap<PeerIndex, Role>, d: number): Joined {
  const length = Math.min(sketchLength, d)
  const influence = new Map(
    log.flatMap((event) => (event.type === 'round-closed' ? [[`${event.peer}/${event.round}`, event.influence]] : [])),
  )
  const evaluated = log.filter(
    (event): event is Evaluated => event.type === 'evaluated' && roles.get(event.peer) === 'honest',
  )
  const seen = evaluated.flatMap((event) => {
    const vectors = decoded(event.sketches, length)
    return vectors ? [{ peer: event.peer, round: event.round, ...vectors }] : []
  })
  const neighbourhoods = seen.map(({ peer, round, own, output, received }) =>
    neighbourhoodFigures({
      round,
      peer,
      output,
      members: [
        { peer, vector: own, role: 'honest' },
        ...received.map(([from, vector]) => ({ peer: from, vector, role: roles.get(from) ?? 'honest' })),
      ],
      influence: influence.get(`${peer}/${round}`) ?? [],
    }),
  )
  const consensus = [...groupBy(seen, (entry) => entry.round)]
    .filter(([, entries]) => entries.length > 1)
    .sort(([a], [b]) => a - b)
    .map(([round, entries]) => ({
      round,
      distance: (consensusDistance(entries.map((entry) => entry.model)) * d) / length,
    }))
  return { neighbourhoods, consensus }
}

function decoded(sketches: Evaluated['sketches'], length: number) {
  if (!sketches) return undefined
  const own = numbers(sketches.own, length)
  const output = numbers(sketches.output, length)
  const model = numbers(sketches.model, length)
  const received = sketches.received.flatMap(([from, sketch]) => {
    const vector = numbers(sketch, length)
    return vector ? [[from, vector] as const] : []
  })
  return own && output && model && received.length === sketches.received.length
    ? { own, output, model, received }
    : undefined
}

/** A sketch of the right length with finite numbers; otherwise undefined. */
function numbers(sketch: Sketch, length: number): Float32Array | undefined {
  try {
    const vector = decodeSketch(sketch)
    return vector.length === length && vector.every(Number.isFinite) ? vector : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
