import {
  add,
  and,
  type Code,
  constant,
  double,
  get,
  lessUnsigned,
  loop,
  moduleOf,
  or,
  set,
  single,
  storeByte,
  tee,
  vector,
  word,
} from './assembler.ts'
import { type Comparator, inStretches } from './network.ts'

/**
 * A sorting network and the statistic after it, as WebAssembly with no branch except the loop over columns. It runs in
 * stretches with as many rows as there are registers. Between stretches, rows stay in a scratch of 16 bytes each; the
 * kernel that reads its network from memory loads and stores rows at every comparator. Comparisons and operations have
 * the same order as in that kernel, so the bits are the same.
 *
 * `run(rows, bytes, output, ties, scratch)`: `rows` holds the address of each row (n x u32). It processes `bytes` of
 * each row, 64 at a time, which are sixteen columns. `scratch` has 64 n bytes.
 */
export interface Network {
  readonly n: number
  readonly network: readonly Comparator[]
  readonly memory: 'shared' | 'private'
}

const [rows, bytes, output, ties, scratch] = [0, 1, 2, 3, 4] as const
const parameters = 5
/** Rows that fit in 16 registers beside the temporaries of a comparator. */
const registers = 14
/** The result: whether any column had a tie. */
const any = parameters
/** Bytes of each row already processed. */
const done = parameters + 1
/** Position of these four columns in the scratch. */
const place = parameters + 2
const words = 3
/** Bytes of a row in the scratch. */
const line = 64
const firstRow = parameters + words

/**
 * Mean of the ranks low to high of each column; sixteen columns at a time, so that sums do not wait for each other.
 * Returns 0.
 */
export function straightMean({ n, network, memory }: Network, low: number, high: number): Uint8Array<ArrayBuffer> {
  const sums = Array.from({ length: 8 }, (_, pair) => firstRow + pair)
  const code: number[] = []
  for (const sum of sums) code.push(...double.all(0), ...set(sum))
  for (let rank = low; rank <= high; rank++) {
    for (const [pair, sum] of sums.entries())
      code.push(
        ...get(scratch),
        ...vector.loadLow(line * rank + 8 * pair),
        ...double.widen,
        ...get(sum),
        ...double.add,
        ...set(sum),
      )
  }
  for (const [pair, sum] of sums.entries()) {
    const mean = [...get(sum), ...double.all(high - low + 1), ...double.divide, ...double.round]
    code.push(...get(output), ...mean, ...vector.storeLow(8 * pair))
  }
  return moduleOf(
    parameters,
    { words, vectors: registers + 1 },
    [
      ...loop(
        loop(
          [...get(done), ...constant(line - 1), ...and, ...get(scratch), ...add, ...set(place)],
          sorted(n, network),
          [...get(done), ...constant(16), ...add, ...tee(done), ...constant(line - 1), ...and],
        ),
        code,
        [...get(output), ...constant(line), ...add, ...set(output)],
        [...get(done), ...get(bytes), ...lessUnsigned],
      ),
      ...get(any),
    ],
    memory,
  )
}

/**
 * Mean of the `keep` values of each column nearest its median. A column is tied if both ends of its window are equally
 * far from the median but not equal. Tied columns are marked at `ties`, four per byte, and left to the caller. Returns
 * 0 if there are none.
 */
export function straightAroundMedian({ n, network, memory }: Network, keep: number): Uint8Array<ArrayBuffer> {
  const moves = n - keep
  const row = (rank: number) => firstRow + rank
  const [middleLow, middleHigh, tied] = [firstRow + n + 1, firstRow + n + 2, firstRow + n + 3]
  const moved = (step: number) => firstRow + n + 4 + step
  const middle = (half: (local: number) => Code) => [
    ...half(row((n - 1) >> 1)),
    ...half(row(n >> 1)),
    ...double.add,
    ...double.all(0.5),
    ...double.multiply,
  ]
  const left = (step: number, half: (local: number) => Code, centre: number) => [
    ...get(centre),
    ...half(row(step)),
    ...double.subtract,
  ]
  const right = (step: number, half: (local: number) => Code, centre: number) => [
    ...half(row(step + keep)),
    ...get(centre),
    ...double.subtract,
  ]
  const compared = (step: number, comparison: Code) => [
    ...left(step, lowHalf, middleLow),
    ...right(step, lowHalf, middleLow),
    ...comparison,
    ...left(step, highHalf, middleHigh),
    ...right(step, highHalf, middleHigh),
    ...comparison,
    ...vector.narrow,
  ]
  const code: number[] = []
  for (let rank = 0; rank < n; rank++) code.push(...get(place), ...vector.load(line * rank), ...set(row(rank)))
  code.push(...middle(lowHalf), ...set(middleLow), ...middle(highHalf), ...set(middleHigh))
  code.push(...double.all(0), ...set(tied))
  for (let step = 0; step < moves; step++) {
    code.push(...compared(step, double.greater), ...set(moved(step)))
    code.push(...get(tied), ...compared(step, double.equal))
    code.push(...get(row(step)), ...get(row(step + keep)), ...single.differ, ...vector.and, ...vector.or, ...set(tied))
  }
  for (let rank = 0; rank < n; rank++) {
    if (rank < moves) code.push(...get(row(rank)), ...get(moved(rank)), ...vector.without, ...set(row(rank)))
    if (rank >= keep) code.push(...get(row(rank)), ...get(moved(rank - keep)), ...vector.and, ...set(row(rank)))
  }
  const sum = (half: (local: number) => Code) => {
    const total = [...double.all(0)]
    for (let rank = 0; rank < n; rank++) total.push(...half(row(rank)), ...double.add)
    return [...total, ...double.all(keep), ...double.divide, ...double.round]
  }
  const all = [
    ...[...get(scratch), ...set(place)],
    ...loop(
      sorted(n, network),
      code,
      [...get(output), ...sum(lowHalf), ...vector.storeLow(0)],
      [...get(output), ...sum(highHalf), ...vector.storeLow(8)],
      [...get(ties), ...get(tied), ...vector.wordsOf, ...storeByte],
      [...get(any), ...get(tied), ...vector.wordsOf, ...or, ...set(any)],
      [...get(ties), ...constant(1), ...add, ...set(ties)],
      onwards(),
    ),
    ...get(any),
  ]
  return moduleOf(parameters, { words, vectors: Math.max(n + 4 + moves, registers + 1) }, all, memory)
}

const lowHalf = (local: number): Code => [...get(local), ...double.widen]
const highHalf = (local: number): Code => [...vector.high(local), ...double.widen]

/** Loads four columns, runs the network on them and stores them at their position in the scratch. */
function sorted(n: number, network: readonly Comparator[]): Code {
  const code: number[] = []
  const spare = firstRow + registers
  const inScratch = new Set<number>()
  const load = (i: number): Code =>
    inScratch.has(i)
      ? [...get(place), ...vector.load(line * i)]
      : [...get(rows), ...word(4 * i), ...get(done), ...add, ...vector.load(0)]
  const stretches = inStretches(network, registers)
  for (const { rows: touched, comparators } of stretches) {
    const local = (i: number) => firstRow + touched.indexOf(i)
    const kept = new Map<number, boolean>()
    for (const i of touched) code.push(...load(i), ...set(local(i)))
    for (const { low, high, keepsLow, keepsHigh } of comparators) {
      const [a, b] = [local(low), local(high)]
      if (keepsLow) code.push(...get(a), ...get(b), ...single.min, ...set(keepsHigh ? spare : a))
      if (keepsHigh) code.push(...get(b), ...get(a), ...single.max, ...set(b))
      if (keepsLow && keepsHigh) code.push(...get(spare), ...set(a))
      kept.set(low, keepsLow).set(high, keepsHigh)
    }
    for (const i of touched) {
      if (kept.get(i)) code.push(...get(place), ...get(local(i)), ...vector.store(line * i))
      inScratch.add(i)
    }
  }
  for (let i = 0; i < n; i++) if (!inScratch.has(i)) code.push(...get(place), ...load(i), ...vector.store(line * i))
  return code
}

/** Continues with the next four columns, if there are any. */
function onwards(): Code {
  return [
    ...[...get(output), ...constant(16), ...add, ...set(output)],
    ...[...get(done), ...constant(16), ...add, ...tee(done), ...get(bytes), ...lessUnsigned],
  ]
}
