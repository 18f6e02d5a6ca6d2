/** The store that all versions of a map share; entries are only added. */
interface Store<K, V> {
  readonly keys: K[]
  readonly values: V[]
  readonly places: Map<K, number>
}

/**
 * Returns a map with one more entry; does not change `map`. Maps from here grow without a copy. Throws RangeError if
 * the key exists.
 */
export function grown<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  if (map instanceof GrowingMap) return (map as GrowingMap<K, V>).with(key, value)
  let result = new GrowingMap<K, V>()
  for (const [known, held] of map) result = result.with(known, held)
  return result.with(key, value)
}

/**
 * An immutable map that grows without a copy. All versions share one store, and each sees its own first entries. Only
 * adding to an older version copies. It holds the updates of a round: with plain copies, a round of n peers on the
 * complete graph costs n^3.
 */
class GrowingMap<K, V> implements ReadonlyMap<K, V> {
  readonly #store: Store<K, V>
  readonly size: number

  constructor(store: Store<K, V> = { keys: [], values: [], places: new Map() }) {
    this.#store = store
    this.size = store.keys.length
  }

  /** The next version, with one more entry. Throws RangeError if the key exists. */
  with(key: K, value: V): GrowingMap<K, V> {
    if (this.has(key)) throw new RangeError(`a growing map already has ${String(key)}`)
    const store = this.#store
    const newest = store.keys.length === this.size
    const keys = newest ? store.keys : store.keys.slice(0, this.size)
    const values = newest ? store.values : store.values.slice(0, this.size)
    const places = newest ? store.places : new Map(keys.map((known, place) => [known, place]))
    places.set(key, keys.length)
    keys.push(key)
    values.push(value)
    return new GrowingMap({ keys, values, places })
  }

  has(key: K): boolean {
    return (this.#store.places.get(key) ?? this.size) < this.size
  }

  get(key: K): V | undefined {
    const place = this.#store.places.get(key) ?? this.size
    return place < this.size ? this.#store.values[place] : undefined
  }

  *entries(): MapIterator<[K, V]> {
    const { keys, values } = this.#store
    for (let i = 0; i < this.size; i++) yield [keys[i] as K, values[i] as V]
  }

  keys(): MapIterator<K> {
    return this.#store.keys.slice(0, this.size).values()
  }

  values(): MapIterator<V> {
    return this.#store.values.slice(0, this.size).values()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) call(value, key, this)
  }
}
