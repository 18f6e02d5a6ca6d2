/**
 * Number of examples of each label in each shard (shards x classes). Throws RangeError for an unknown example or label.
 */
export function labelCounts(shards: readonly Uint32Array[], labels: Uint8Array, classes: number): number[][] {
  return shards.map((shard) => {
    const counts = new Array<number>(classes).fill(0)
    for (const index of shard) {
      const label = labels[index]
      if (label === undefined || label >= classes) {
        throw new RangeError(`example ${index} has no label below ${classes}: there are ${labels.length} examples`)
      }
      counts[label] = (counts[label] as number) + 1
    }
    return counts
  })
}
