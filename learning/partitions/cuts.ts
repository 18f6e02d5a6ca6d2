/**
 * Cuts a list into n consecutive parts of equal length, like numpy.array_split: the first (length mod n) have one more.
 */
export function equalParts(list: Uint32Array, n: number): Uint32Array[] {
  const min = Math.floor(list.length / n)
  const longer = list.length % n
  return Array.from({ length: n }, (_, i) => {
    const start = i * min + Math.min(i, longer)
    return list.slice(start, start + min + (i < longer ? 1 : 0))
  })
}

/** The ends of n consecutive parts of `count` examples with these shares (n); the last end is `count`. */
export function cutsAt(shares: readonly number[], count: number): number[] {
  let cumulated = 0
  let last = 0
  return shares.map((share, i) => {
    cumulated += share
    const end = i === shares.length - 1 ? count : Math.min(count, Math.round(cumulated * count))
    last = Math.max(last, end)
    return last
  })
}

/** The indices (default: all) sorted by label, then by index. */
export function byLabel(
  labels: Uint8Array,
  indices: Uint32Array = Uint32Array.from(labels, (_, index) => index),
): Uint32Array {
  return indices.slice().sort((a, b) => (labels[a] as number) - (labels[b] as number) || a - b)
}

/**
 * Sorts each shard. Gives each empty shard one example: the last by index of the largest shard (the lowest peer's, if
 * several are equally large).
 */
export function withoutEmpty(shards: readonly number[][]): Uint32Array[] {
  for (const shard of shards) shard.sort((a, b) => a - b)
  for (const shard of shards) {
    if (shard.length > 0) continue
    const largest = shards.reduce((best, other) => (other.length > best.length ? other : best))
    shard.push(largest.pop() as number)
  }
  return shards.map((shard) => Uint32Array.from(shard))
}
