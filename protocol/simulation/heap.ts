/** A binary heap. `pop` removes the first item by the order `before`. O(log n) per call. */
export interface Heap<T> {
  push(item: T): void
  pop(): T | undefined
  /** The item that `pop` would return; undefined if the heap is empty. */
  readonly least: () => T | undefined
}

export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = []
  return {
    push(item) {
      let at = items.length
      items.push(item)
      while (at > 0) {
        const parent = (at - 1) >> 1
        const above = items[parent] as T
        if (!before(item, above)) break
        items[at] = above
        at = parent
      }
      items[at] = item
    },
    pop() {
      const top = items[0]
      const last = items.pop()
      const { length } = items
      if (last === undefined || length === 0) return top
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= length) break
        if (child + 1 < length && before(items[child + 1] as T, items[child] as T)) child++
        if (!before(items[child] as T, last)) break
        items[at] = items[child] as T
        at = child
      }
      items[at] = last
      return top
    },
    least: () => items[0],
  }
}
