/**
 * Plain data (objects, arrays, maps, typed arrays) with every vector of shared memory replaced by a copy, since what
 * lies there may be written over once nobody here holds it, and can be neither serialised nor stored. A vector that
 * stands at several places is copied once.
 */
export function detached<T>(value: T): T {
  // Where memory cannot be shared there is nothing to do.
  if (typeof SharedArrayBuffer === 'undefined') return value
  const copies = new Map<Float32Array, Float32Array>()
  const walk = (part: unknown): unknown => {
    if (part instanceof Float32Array) {
      if (!(part.buffer instanceof SharedArrayBuffer)) return part
      const copy = copies.get(part) ?? part.slice()
      copies.set(part, copy)
      return copy
    }
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part
    if (Array.isArray(part)) return part.map(walk)
    if (part instanceof Map) return new Map([...part].map(([key, held]) => [key, walk(held)]))
    return Object.fromEntries(Object.entries(part).map(([key, held]) => [key, walk(held)]))
  }
  return walk(value) as T
}
