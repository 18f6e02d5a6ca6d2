/** A key or a value of the schema that had another name in schemaVersion 1. */
interface Renamed {
  /** The section that holds the key, with `*` for each index of a list. */
  readonly section: string
  readonly key: string
  readonly now: string
}

const keys: readonly Renamed[] = [
  { section: 'learning', key: 'batches', now: 'batchOrder' },
  { section: 'sweep.hypotheses.*', key: 'leastEffect', now: 'minEffect' },
]

const values: readonly Renamed[] = [
  { section: 'sweep.figures.*.worst', key: 'least', now: 'min' },
  { section: 'sweep.figures.*.worst', key: 'most', now: 'max' },
]

/** The present name of a key that had another name in schemaVersion 1; undefined for any other key. */
export function renamedKey(section: readonly PropertyKey[], key: string): string | undefined {
  return find(keys, section, key)
}

/** The present name of a value that had another name in schemaVersion 1; undefined for any other value. */
export function renamedValue(path: readonly PropertyKey[], value: unknown): string | undefined {
  return find(values, path, String(value))
}

/** What schemaVersion 1 wrote at a path of an experiment, in present words. */
export function inPresentWords<T extends object>(path: readonly PropertyKey[], section: T): T {
  const entries = Object.entries(section).map(([key, value]) => [
    renamedKey(path, key) ?? key,
    renamedValue([...path, key], value) ?? value,
  ])
  return Object.fromEntries(entries) as T
}

function find(all: readonly Renamed[], path: readonly PropertyKey[], name: string): string | undefined {
  const written = path.map((key) => (typeof key === 'number' ? '*' : String(key))).join('.')
  return all.find(({ section, key }) => section === written && key === name)?.now
}
