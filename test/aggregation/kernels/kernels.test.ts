import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64 } from '#aggregation/kernels/base64.ts'
import { type Kernels, kernels, type Ordered } from '#aggregation/kernels/kernels.ts'
import { createPartOf, openSharedMemory, type SharedMemory } from '#aggregation/kernels/memory.ts'
import { classesOfRanks, classesOfWindow, runNetwork, sortingNetwork } from '#aggregation/kernels/network.ts'
import { plainKernels } from '#aggregation/kernels/plain.ts'
import { createWasmKernels } from '#aggregation/kernels/wasm.ts'
import { squaredDistance } from '#aggregation/math/distances.ts'

const wasm = createWasmKernels() as Kernels
/** Compiles networks of up to 64 rows for vectors of any length. */
const straight = createWasmKernels({ straightFrom: 0 }) as Kernels
/** Kernels in a shared memory that already holds some vectors. */
const memory = openSharedMemory() as SharedMemory
const inPlace = createWasmKernels({ memory }) as Kernels

/** The same vectors, two of three in shared memory, adjacent: each begins at the end of the one before. */
function settled(rows: readonly Float32Array[]): Float32Array[] {
  const bytes = rows.length * (rows[0] as Float32Array).byteLength
  let at = memory.grow(Math.ceil(bytes / 65536)) * 65536
  return rows.map((row, i) => {
    if (i % 3 === 2) return row
    const vector = new Float32Array(memory.buffer, at, row.length)
    vector.set(row)
    at += row.byteLength
    return vector
  })
}

/** Few distinct values, so that there are ties, with negative zeros, tiny and huge numbers. */
const number = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2, 0.5, -0.5, 1e-30, -3e19, 3e38, -3e38),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
)
const vectors = fc
  .tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 75 }))
  .chain(([n, d]) =>
    fc.array(fc.array(number, { minLength: d, maxLength: d }), { minLength: n, maxLength: n, size: 'max' }),
  )
  .map((rows) => rows.map((row) => Float32Array.from(row)))
const withCount = vectors.chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 1, max: rows.length })))

const watchedOf = (rows: readonly Float32Array[]) => [...(rows[0] as Float32Array).keys()].filter((k) => k % 3 === 0)

/** Long rows with a period of seven values, across several tiles and blocks. */
const long = (n: number, d: number): Float32Array[] =>
  Array.from({ length: n }, (_, i) =>
    Float32Array.from({ length: d }, (_, k) => Math.sin(i * 1.7 + k * 0.37) / (1 + ((i * k) % 7))),
  )

/** Digest of an array's bits. */
function checksum(array: Float32Array | Float64Array | Int32Array): number {
  const words = new Uint32Array(array.buffer, array.byteOffset, array.byteLength / 4)
  return words.reduce((sum, word) => Math.imul(sum ^ word, 0x9e3779b1) + (sum >>> 15), words.length)
}

function same(
  compute: (kernels: Kernels) => Float32Array | Float64Array | Float32Array[] | Ordered,
  compiled: Kernels = wasm,
): void {
  const bits = (values: ReturnType<typeof compute>) => {
    const arrays = 'ranks' in values ? [values.output, values.values, values.ranks] : [values].flat()
    return arrays.map((array) => [
      ...new Uint32Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength / 4),
    ])
  }
  expect(bits(compute(compiled))).toEqual(bits(compute(plainKernels)))
}

test('this platform has WebAssembly with SIMD, and the rules use it', () => {
  expect(wasm).toBeDefined()
  expect(kernels()).not.toBe(plainKernels)
})

test('base64 text becomes bytes, with any padding', () => {
  expect([...decodeBase64('AGFzbQ==')]).toEqual([0, 97, 115, 109])
  expect([...decodeBase64('/+8B')]).toEqual([255, 239, 1])
  expect([...decodeBase64('//8=')]).toEqual([255, 255])
})

test('a pruned network still brings every rank to a row of its class', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 70 }), fc.nat(), (values, at) => {
      const n = values.length
      const low = at % n
      const high = n - 1 - (at % (n - low))
      const sorted = values.toSorted((a, b) => a - b)
      const ranks = Float64Array.from(values)
      runNetwork(sortingNetwork(n, classesOfRanks(n, low, high)), ranks)
      expect([...ranks.slice(low, high + 1)].sort((a, b) => a - b)).toEqual(sorted.slice(low, high + 1))
      const window = Float64Array.from(values)
      const classes = classesOfWindow(n, low + 1)
      runNetwork(sortingNetwork(n, classes), window)
      sorted.forEach((value, rank) => {
        if (classes[rank] !== 0) expect(window[rank]).toBe(value)
      })
    }),
  )
  const all = Array.from({ length: 25 }, (_, rank) => rank)
  expect(sortingNetwork(25, classesOfRanks(25, 12, 12)).length).toBeLessThan(sortingNetwork(25, all).length)
})

test('means of ranks have the same bits in WebAssembly and in TypeScript', () => {
  fc.assert(
    fc.property(withCount, ([rows, count]) => {
      const low = (rows.length - count) >> 1
      same((kernels) => kernels.sortedMean(rows, low, low + count - 1, watchedOf(rows)))
    }),
    { numRuns: 150 },
  )
  same((kernels) => kernels.sortedMean(long(25, 6001), 5, 19, []))
})

test('means around the median have the same bits in WebAssembly and in TypeScript, ties included', () => {
  fc.assert(
    fc.property(withCount, ([rows, keep]) => {
      same((kernels) => kernels.meanAroundMedian(rows, keep, watchedOf(rows)))
    }),
    { numRuns: 150 },
  )
  same((kernels) => kernels.meanAroundMedian(long(24, 6001), 19, []))
  same((kernels) => kernels.meanAroundMedian(long(23, 6001), 3, []))
})

test('networks compiled to straight-line code give the same bits, ties included', () => {
  fc.assert(
    fc.property(withCount, ([rows, count]) => {
      const low = (rows.length - count) >> 1
      same((kernels) => kernels.sortedMean(rows, low, low + count - 1, watchedOf(rows)), straight)
      same((kernels) => kernels.meanAroundMedian(rows, count, watchedOf(rows)), straight)
    }),
    { numRuns: 60 },
  )
  const edges = Array.from({ length: 7 }, (_, i) => Float32Array.from({ length: 99 }, (_, k) => (i * (k + 3)) % 7))
  for (const keep of [1, 2, 3, 4, 5, 6, 7]) same((kernels) => kernels.meanAroundMedian(edges, keep, []), straight)
  for (const n of [25, 65]) {
    const rows = long(n, 9001)
    same((kernels) => kernels.sortedMean(rows, 5, 19, []))
    same((kernels) => kernels.meanAroundMedian(rows, 20, []))
  }
  // The compiled code of one call serves later calls.
  same((kernels) => kernels.sortedMean(long(25, 9001), 5, 19, []))
})

test('distances have the same bits in WebAssembly and in TypeScript, and are right', () => {
  fc.assert(
    fc.property(vectors, (rows) => {
      same((kernels) => kernels.distances(rows))
      same((kernels) => kernels.distancesTo(rows, rows.at(-1) as Float32Array))
    }),
    { numRuns: 100 },
  )
  for (const n of [2, 3, 9, 12, 14, 16]) {
    const rows = long(n, 5003)
    same((kernels) => kernels.distances(rows))
    same((kernels) => kernels.distancesTo(rows, rows[1] as Float32Array))
    const distances = wasm.distances(rows)
    const exact = squaredDistance(rows[0] as Float32Array, rows[n - 1] as Float32Array)
    expect(Math.abs((distances[n - 1] as number) / exact - 1)).toBeLessThan(1e-6)
  }
})

test('weighted sums and means of sets have the same bits in WebAssembly and in TypeScript', () => {
  fc.assert(
    fc.property(withCount, fc.float({ min: -2, max: 2, noNaN: true }), ([rows, size], first) => {
      const weights = rows.map((_, i) => (first * (i + 1)) / 3)
      const sets = rows.map((_, i) => Array.from({ length: size }, (_, k) => (i + k) % rows.length))
      same((kernels) => kernels.weightedSum(rows, weights))
      same((kernels) => kernels.scaledSum(rows, first / 3))
      same((kernels) => kernels.meansOfSets(rows, sets))
    }),
    { numRuns: 100 },
  )
  same((kernels) =>
    kernels.meansOfSets(
      long(12, 7001),
      [0, 1, 2].map((i) => [i, i + 3, i + 6]),
    ),
  )
})

test('statistics in float64 have the same bits in WebAssembly and in TypeScript', () => {
  const statistics = (rows: readonly Float32Array[]) => {
    for (const compiled of [wasm, inPlace]) {
      const there = compiled === wasm ? rows : settled(rows)
      const centre = plainKernels.sums(rows, 1).map((sum) => sum / rows.length)
      const limits = plainKernels.deviations(rows, centre, rows.length)
      // NaN limits: coordinates in which all vectors agree.
      for (let k = 0; k < limits.length; k += 5) limits[k] = Number.NaN
      const of = (kernels: Kernels, vectors: readonly Float32Array[]) =>
        [
          kernels.sums(vectors, 1),
          kernels.sums(vectors, -1),
          kernels.deviations(vectors, centre, rows.length - 1),
          kernels.distancesToCentre(vectors, centre),
        ].map(checksum)
      expect(of(compiled, there)).toEqual(of(plainKernels, rows))
      for (const sign of [1, -1] as const)
        expect(compiled.countBeyond(there, centre, limits, sign)).toBe(
          plainKernels.countBeyond(rows, centre, limits, sign),
        )
    }
  }
  fc.assert(fc.property(vectors, statistics), { numRuns: 100 })
  for (const n of [1, 7, 12, 39]) statistics(long(n, 9001))
  expect(wasm.sums([], 1)).toEqual(new Float64Array())
  expect(wasm.countBeyond([], new Float64Array(), new Float64Array(), 1)).toBe(0)
})

test("vectors in the kernels' memory are read in place, with the same bits, and do not change", () => {
  const everything = (kernels: Kernels, rows: readonly Float32Array[]) => {
    const [n, half] = [rows.length, rows.length >> 1]
    const sets = rows.slice(0, 3).map((_, i) => Array.from({ length: half + 1 }, (_, k) => (i + k) % n))
    const ordered = [kernels.sortedMean(rows, n - 1 - half, half, [0]), kernels.meanAroundMedian(rows, half + 1, [0])]
    const sums = [kernels.weightedSum(rows, [...rows.keys()].map(Math.sqrt)), kernels.scaledSum(rows, 0.3)]
    const distances = [kernels.distances(rows), kernels.distancesTo(rows, rows[half] as Float32Array)]
    const all = [...ordered.flatMap((seen) => [seen.output, seen.values, seen.ranks]), ...sums, ...distances]
    return [...all, ...kernels.meansOfSets(rows, sets)].map(checksum)
  }
  fc.assert(
    fc.property(vectors, (rows) => {
      const right = everything(plainKernels, rows)
      expect(everything(inPlace, settled(rows))).toEqual(right)
    }),
    { numRuns: 40 },
  )
  for (const [n, d] of [
    [25, 8193],
    [12, 8208],
    [66, 1003],
  ] as const) {
    const rows = long(n, d)
    const there = settled(rows)
    expect(everything(inPlace, there)).toEqual(everything(plainKernels, rows))
    expect(there.map(checksum)).toEqual(rows.map(checksum))
  }
})

test('a shared memory is recognised through any object, and its parts never overlap', () => {
  const [one, other] = [createPartOf(memory), createPartOf(memory)]
  const [vector] = settled(long(1, 100)) as [Float32Array]
  memory.grow(1)
  const sent = new Float32Array(memory.buffer, vector.byteOffset, vector.length)
  expect(sent.buffer).not.toBe(vector.buffer)
  for (const part of [one, other]) {
    expect(part.addressOf(vector)).toBe(vector.byteOffset)
    expect(part.addressOf(sent)).toBe(vector.byteOffset)
    expect(part.addressOf(new Float32Array(100))).toBeUndefined()
    expect(part.addressOf(new Float32Array((openSharedMemory() as SharedMemory).buffer, 0, 100))).toBeUndefined()
  }
  const parts: [number, number][] = []
  for (const bytes of [1, 70_000, 70_000, 400_000, 900_000]) {
    const [first, second] = [one.reserve(bytes), other.reserve(bytes)]
    parts.push([first, first + bytes], [second, second + bytes])
    expect(Math.abs(first - second)).toBeGreaterThanOrEqual(bytes)
    for (const from of [first, second]) expect(from > vector.byteOffset || from + bytes <= vector.byteOffset).toBe(true)
  }
  expect(parts.every(([from, to]) => from >= 65536 && to <= memory.buffer.byteLength)).toBe(true)
})

test('watched values come with their ranks, equal values in the order of the vectors', () => {
  const rows = [2, 1, 2, 0].map((value) => Float32Array.of(5, value))
  for (const kernels of [wasm, straight, inPlace, plainKernels]) {
    const { values, ranks } = kernels.sortedMean(rows, 1, 2, [1])
    expect([...values]).toEqual([2, 1, 2, 0])
    expect([...ranks]).toEqual([2, 1, 3, 0])
  }
  const wide = long(31, 9500)
  for (const watched of [[], [0], [3, 4, 8191, 8192, 9499]]) {
    same((kernels) => kernels.sortedMean(wide, 2, 28, watched))
    same((kernels) => kernels.meanAroundMedian(wide, 9, watched))
  }
})

test('a call leaves nothing behind for the next', () => {
  const rows = long(5, 37)
  const first = wasm.distances(rows)
  wasm.sortedMean(long(40, 3000), 0, 39, [])
  expect(wasm.distances(rows)).toEqual(first)
})
