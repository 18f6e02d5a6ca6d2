import type { ConfiguredAttack, CraftContext, Crafted, Known, Victim } from '#attacks/attack.ts'

interface Shared {
  readonly known: Known
  readonly context: CraftContext
  readonly crafted: Crafted
  /** The personal parts of the context that the attack read. */
  readonly looked: ReadonlySet<Personal>
}

/** The parts of the context that differ between colluders and that a `shareable` attack may read. */
type Personal = 'victims' | 'previous'

/**
 * Crafts once for all colluders that know the same arrays. If the attack reads the victims or the model, these must be
 * equal, too. The colluders share one result, which none may change. An attack that does not declare `shareable` runs
 * for each colluder. Keeps the inputs of the last two rounds. O(m) comparisons per craft.
 */
export function shareCrafts(attack: ConfiguredAttack): ConfiguredAttack {
  if (!attack.shareable) return attack
  const rounds = new Map<number, Shared[]>()
  return {
    ...attack,
    craft(known, context) {
      for (const old of rounds.keys()) if (old < context.round - 1) rounds.delete(old)
      const ofRound = rounds.get(context.round) ?? []
      rounds.set(context.round, ofRound)
      const same = ofRound.find(
        (other) => sameKnowledge(other.known, known) && sameContext(other.context, context, other.looked),
      )
      if (same) return same.crafted
      const looked = new Set<Personal>()
      const crafted = attack.craft(known, watched(context, looked))
      ofRound.push({ known, context, crafted, looked })
      return crafted
    },
  }
}

/** The context, which records every read of a personal part in `looked`. */
function watched(context: CraftContext, looked: Set<Personal>): CraftContext {
  const { victims, previous, ...rest } = context
  const noting = <T>(name: Personal, value: T) => ({
    enumerable: true,
    get(): T {
      looked.add(name)
      return value
    },
  })
  return Object.defineProperties(rest, {
    victims: noting('victims', victims),
    previous: noting('previous', previous),
  }) as CraftContext
}

function sameKnowledge(a: Known, b: Known): boolean {
  const heardOf = (known: Known) => ('heard' in known ? known.heard : [])
  const honestOf = (known: Known) => ('honest' in known ? known.honest : [])
  return (
    same(a.colluders, b.colluders) &&
    same(honestOf(a), honestOf(b)) &&
    alike(heardOf(a), heardOf(b), (x, y) => x.peer === y.peer && x.vector === y.vector)
  )
}

function sameContext(a: CraftContext, b: CraftContext, looked: ReadonlySet<Personal>): boolean {
  return (
    (!looked.has('previous') || a.previous === b.previous) &&
    a.graph === b.graph &&
    a.pipeline === b.pipeline &&
    a.ruleState === b.ruleState &&
    a.state === undefined &&
    b.state === undefined &&
    (!looked.has('victims') || alike(a.victims, b.victims, sameVictim))
  )
}

function sameVictim(a: Victim, b: Victim): boolean {
  return a.peer === b.peer && a.n === b.n && a.m === b.m
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return alike(a, b, Object.is)
}

function alike<T>(a: readonly T[], b: readonly T[], equal: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i] as T))
}
