/** A program that computes sums of sets of n vectors from sums that several sets share. */
export interface SumsOfSets {
  /** Pairs of slots to add. Slots 0 to n - 1 are the vectors; each pair's sum is the next slot. */
  readonly additions: readonly number[]
  /** For each set, the `parts` slots to add up. Slot `additions.length / 2 + n` stands for zero. */
  readonly slots: readonly number[]
  readonly parts: number
}

/**
 * Vectors form quads of four in index order. A set's members in a quad form one part, added in ascending order. A part
 * that several sets share is computed once, from the same part without its last member. A set adds up its parts in
 * ascending order.
 */
export function sumsOfSets(n: number, sets: readonly (readonly number[])[]): SumsOfSets {
  const parts = Math.ceil(n / 4)
  const additions: number[] = []
  const known = new Map<number, number>()

  function slotOf(quad: number, members: number): number {
    const last = 31 - Math.clz32(members)
    const vector = quad * 4 + last
    const before = members ^ (1 << last)
    if (before === 0) return vector
    const key = quad * 16 + members
    const slot = known.get(key)
    if (slot !== undefined) return slot
    const pair = [slotOf(quad, before), vector]
    const made = n + additions.length / 2
    additions.push(...pair)
    known.set(key, made)
    return made
  }

  const membersOf = sets.map((set) => {
    const members = new Array<number>(parts).fill(0)
    for (const i of set) members[i >> 2] = (members[i >> 2] as number) | (1 << (i & 3))
    return members
  })
  const chosen = membersOf.map((quads) => quads.map((members, quad) => (members === 0 ? -1 : slotOf(quad, members))))
  const nothing = n + additions.length / 2
  return { additions, slots: chosen.flat().map((slot) => (slot < 0 ? nothing : slot)), parts }
}
