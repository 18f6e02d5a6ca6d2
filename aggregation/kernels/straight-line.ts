import {
  add,
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
} from './assembler.ts'
import type { Comparator } from './network.ts'

/**
 * A sorting network and what follows it as WebAssembly without a branch but the loop over columns: rows live in
 * registers, where the kernel that reads its network from memory loads and stores them at every comparator. The same
 * operations in the same order as that kernel, so the same bits.
 *
 * `run(tile, end, output, ties)`: `tile` and `end` are the bytes of the first and past the last column of row 0; rows are
 * `stride` bytes apart; columns come in fours.
 */
export interface Network {
  readonly n: number
  readonly stride: number
  readonly network: readonly Comparator[]
}

const [tile, end, output, ties] = [0, 1, 2, 3] as const
const parameters = 4
/** Whether any column had a tie, which is the result. */
const any = parameters
const firstRow = parameters + 1

/** Mean of the ranks low to high of each column; returns 0. */
export function straightMean({ n, stride, network }: Network, low: number, high: number): Uint8Array<ArrayBuffer> {
  const row = (rank: number) => firstRow + rank
  const sum = (half: (local: number) => Code) => {
    const total = [...double.all(0)]
    for (let rank = low; rank <= high; rank++) total.push(...half(row(rank)), ...double.add)
    return [...total, ...double.all(high - low + 1), ...double.divide, ...double.round]
  }
  return moduleOf(parameters, { words: 1, vectors: n + 1 }, [
    ...loop(
      sorted(n, stride, network),
      [...get(output), ...sum(lowHalf), ...vector.storeLow(0)],
      [...get(output), ...sum(highHalf), ...vector.storeLow(8)],
      onwards(),
    ),
    ...get(any),
  ])
}

/**
 * Mean of the `keep` values of each column nearest its median. Columns in which both ends of the window are equally far
 * and not equal are marked at `ties`, four columns a byte, and left to the caller; returns 0 where there are none.
 */
export function straightAroundMedian({ n, stride, network }: Network, keep: number): Uint8Array<ArrayBuffer> {
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
  const code: number[] = [...middle(lowHalf), ...set(middleLow), ...middle(highHalf), ...set(middleHigh)]
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
  return moduleOf(parameters, { words: 1, vectors: n + 4 + moves }, [
    ...loop(
      sorted(n, stride, network),
      code,
      [...get(output), ...sum(lowHalf), ...vector.storeLow(0)],
      [...get(output), ...sum(highHalf), ...vector.storeLow(8)],
      [...get(ties), ...get(tied), ...vector.wordsOf, ...storeByte],
      [...get(any), ...get(tied), ...vector.wordsOf, ...or, ...set(any)],
      [...get(ties), ...constant(1), ...add, ...set(ties)],
      onwards(),
    ),
    ...get(any),
  ])
}

const lowHalf = (local: number): Code => [...get(local), ...double.widen]
const highHalf = (local: number): Code => [...vector.high(local), ...double.widen]

/** Loads four columns and runs the network on them. */
function sorted(n: number, stride: number, network: readonly Comparator[]): Code {
  const code: number[] = []
  const spare = firstRow + n
  for (let i = 0; i < n; i++) code.push(...get(tile), ...vector.load(i * stride), ...set(firstRow + i))
  for (const { low, high, keepsLow, keepsHigh } of network) {
    const [a, b] = [firstRow + low, firstRow + high]
    if (keepsLow) code.push(...get(a), ...get(b), ...single.least, ...set(keepsHigh ? spare : a))
    if (keepsHigh) code.push(...get(b), ...get(a), ...single.most, ...set(b))
    if (keepsLow && keepsHigh) code.push(...get(spare), ...set(a))
  }
  return code
}

/** On to the next four columns, if there are any. */
function onwards(): Code {
  return [
    ...[...get(output), ...constant(16), ...add, ...set(output)],
    ...[...get(tile), ...constant(16), ...add, ...tee(tile), ...get(end), ...lessUnsigned],
  ]
}
