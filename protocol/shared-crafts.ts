import type { ConfiguredAttack, CraftContext, Crafted, Known, Victim } from '#attacks/attack.ts'

/** Attacks whose colluders craft the same vector wherever they know the same: they look at no rank, place or state. */
export const concerted: readonly string[] = [
  'little-is-enough',
  'inner-product-manipulation',
  'min-max',
  'min-sum',
  'sign-flip',
  'fang',
  'gaussian',
]

interface Shared {
  readonly known: Known
  readonly context: CraftContext
  readonly crafted: Crafted
}

/**
 * Crafts once for all colluders that know the same arrays and aim at the same victims; they get the same array, which
 * nobody writes to. Other than `concerted` attacks are crafted by each. Keeps what the last two rounds were crafted of.
 */
export function shareCrafts(attack: ConfiguredAttack): ConfiguredAttack {
  if (!concerted.includes(attack.name)) return attack
  const rounds = new Map<number, Shared[]>()
  return {
    ...attack,
    craft(known, context) {
      for (const old of rounds.keys()) if (old < context.round - 1) rounds.delete(old)
      const ofRound = rounds.get(context.round) ?? []
      rounds.set(context.round, ofRound)
      const same = ofRound.find((other) => sameKnowledge(other.known, known) && sameContext(other.context, context))
      if (same) return same.crafted
      const crafted = attack.craft(known, context)
      ofRound.push({ known, context, crafted })
      return crafted
    },
  }
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

function sameContext(a: CraftContext, b: CraftContext): boolean {
  return (
    a.previous === b.previous &&
    a.graph === b.graph &&
    a.pipeline === b.pipeline &&
    a.ruleState === b.ruleState &&
    a.state === undefined &&
    b.state === undefined &&
    alike(a.victims, b.victims, sameVictim)
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
