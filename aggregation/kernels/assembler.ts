/** Encodes the WebAssembly that `straight-line.ts` needs: one function over one memory, imported as env.memory. */
export type Code = readonly number[]

/** Unsigned number in LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest & 127) | 128)
  }
}

/** Signed number in LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127]
    bytes.push((rest & 127) | 128)
  }
}

const simd = (operation: number): number[] => [0xfd, ...unsigned(operation)]
const alike16 = 4

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number): Code => [0x21, ...unsigned(local)]
export const tee = (local: number): Code => [0x22, ...unsigned(local)]
export const constant = (value: number): Code => [0x41, ...signed(value)]
export const add: Code = [0x6a]
export const and: Code = [0x71]
export const or: Code = [0x72]
export const lessUnsigned: Code = [0x49]
/** Loads the word at an address. */
export const word = (offset: number): Code => [0x28, 2, ...unsigned(offset)]
export const storeByte: Code = [0x3a, 0, 0]
/** Repeats the code until it leaves 0. */
export const loop = (...code: Code[]): Code => [0x03, 0x40, ...code.flat(), 0x0d, 0, 0x0b]

export const vector = {
  load: (offset: number): Code => [...simd(0x00), alike16, ...unsigned(offset)],
  store: (offset: number): Code => [...simd(0x0b), alike16, ...unsigned(offset)],
  /** Loads two numbers into the low half. */
  loadLow: (offset: number): Code => [...simd(0x5d), 3, ...unsigned(offset)],
  /** Stores the low half. */
  storeLow: (offset: number): Code => [...simd(0x5b), 3, ...unsigned(offset), 0],
  /** Both halves are the high half. */
  high: (local: number): Code => [...get(local), ...get(local), ...simd(0x0d), ...bytesOf(2, 3, 2, 3)],
  /** Words 0 and 2 of the first vector, then of the second: joins two masks of two lanes into one of four. */
  narrow: [...simd(0x0d), ...bytesOf(0, 2, 4, 6)],
  and: simd(0x4e),
  /** The first vector without the bits of the second. */
  without: simd(0x4f),
  or: simd(0x50),
  wordsOf: simd(0xa4),
} as const

export const single = { min: simd(0xea), max: simd(0xeb), differ: simd(0x42) } as const

export const double = {
  all: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer), ...simd(0x14)],
  /** The two low float32 as float64, and back. */
  widen: simd(0x5f),
  round: simd(0x5e),
  add: simd(0xf0),
  subtract: simd(0xf1),
  multiply: simd(0xf2),
  divide: simd(0xf3),
  equal: simd(0x47),
  greater: simd(0x4a),
} as const

/** The lanes of a shuffle of bytes that moves words. */
function bytesOf(...words: number[]): number[] {
  return words.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte))
}

/**
 * A module with one function `run` of i32 parameters and an i32 result; its locals are i32, then v128. Its memory may
 * be shared between threads.
 */
export function moduleOf(
  parameters: number,
  locals: { readonly words: number; readonly vectors: number },
  code: Code,
  memory: 'shared' | 'private',
): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...content: number[]) => [id, ...unsigned(content.length), ...content]
  const text = (name: string) => [name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))]
  const types = [2, ...unsigned(locals.words), 0x7f, ...unsigned(locals.vectors), 0x7b]
  const limits = memory === 'shared' ? [3, 1, ...unsigned(65536)] : [0, 1]
  const size = types.length + code.length + 1
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, parameters, ...new Array<number>(parameters).fill(0x7f), 1, 0x7f),
    ...section(2, 1, ...text('env'), ...text('memory'), 2, ...limits),
    ...section(3, 1, 0),
    ...section(7, 1, ...text('run'), 0, 0),
    ...section(10, 1, ...unsigned(size), ...types, ...code, 0x0b),
  ])
}
