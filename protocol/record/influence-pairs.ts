const pairsOf = new WeakMap<
  readonly number[],
  { readonly members: readonly number[]; readonly pairs: InfluencePairs }
>()
type InfluencePairs = readonly (readonly [number, number])[]

/** The influence of each member as [peer, share]. Calls with the same influence array share one list. */
export function influencePairs(members: readonly number[], influence: readonly number[]): InfluencePairs {
  const known = pairsOf.get(influence)
  if (known && members.length === known.members.length && members.every((member, k) => member === known.members[k]))
    return known.pairs
  const pairs = members.map((member, k) => [member, influence[k] ?? 0] as const)
  pairsOf.set(influence, { members, pairs })
  return pairs
}
