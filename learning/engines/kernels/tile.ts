import type { Kernels } from './kernels.ts'

/** Functions of the platform that make kernels faster. The results are the same without them. */
export interface KernelPlatform {
  /** A clock in milliseconds, to time the tiles; without it the tile is 4 x 8. */
  readonly now?: () => number
  /** Makes the platform pair 128-bit operations to 256 bits, from the next compilation on. */
  readonly allow?: () => void
  /** Stops the pairing; called if pairing changed bits. */
  readonly forbid?: () => void
}

/** The register tile of products: rows x columns. Both give the same bits. */
export type Tile = '4 x 8' | '4 x 16'

/** A product in a memory of its own: C (m x n) = A (m x k) B (k x n). */
interface Product {
  readonly sizes: readonly [m: number, n: number, k: number]
  readonly a: Float32Array
  readonly b: Float32Array
  readonly c: Float32Array
  run(): void
}

/** Depth of a block of `gemm`: sums run over k in such blocks, each from zero. */
const depth = 256

/** Sizes with remainders: of rows by 4, of columns by 8 and by 16, and of depth by a block. */
const oddSizes = [
  [1, 1, 1],
  [4, 16, 3],
  [5, 19, 7],
  [9, 40, 33],
  [4, 17, 257],
] as const

/**
 * Whether products have the bits of plain sums, with either tile: multiply, round, add, round, in the order of k. A
 * compiler that pairs operations must not change them.
 */
export function productsAreExact(instantiate: (memory: WebAssembly.Memory) => Kernels): boolean {
  const bits = (vector: Float32Array) => new Uint32Array(vector.buffer, vector.byteOffset, vector.length)
  return oddSizes.every((sizes) => {
    const [narrow, wide] = [productOf(instantiate, sizes, false), productOf(instantiate, sizes, true)]
    const right = bits(plainProduct(narrow))
    return [narrow, wide].every((product) => {
      product.run()
      const given = bits(product.c)
      return right.every((value, i) => value === given[i])
    })
  })
}

/** Maximum time of the race, milliseconds. The compiler needs a part of it to optimise both tiles. */
const raceMs = 25
/** The race ends early if 4 x 16 takes less than this share of the time of 4 x 8. */
const clearlyLess = 0.8
/** Products that are timed together. */
const together = 2

/**
 * The faster tile here. 4 x 16 is faster where V8 pairs 128-bit operations to 256 bits, and slower elsewhere. A race
 * decides, because no feature test tells whether V8 pairs. 4 x 16 must win by 5 %. `now` is a clock in milliseconds.
 */
export function fasterTile(instantiate: (memory: WebAssembly.Memory) => Kernels, now: () => number): Tile {
  const rivals = [false, true].map((wide) => productOf(instantiate, [32, 64, depth], wide))
  const best = rivals.map(() => Number.POSITIVE_INFINITY)
  const start = now()
  do {
    rivals.forEach((rival, i) => {
      const from = now()
      for (let k = 0; k < together; k++) rival.run()
      best[i] = Math.min(best[i] as number, now() - from)
    })
    if ((best[1] as number) < clearlyLess * (best[0] as number) && now() - start > raceMs / 4) break
  } while (now() - start < raceMs)
  return (best[1] as number) < 0.95 * (best[0] as number) ? '4 x 16' : '4 x 8'
}

function productOf(
  instantiate: (memory: WebAssembly.Memory) => Kernels,
  sizes: readonly [number, number, number],
  wide: boolean,
): Product {
  const [m, n, k] = sizes
  const a = 1024
  const b = a + 4 * m * k
  const c = b + 4 * k * n
  const scratch = (c + 4 * m * n + 15) & ~15
  const memory = new WebAssembly.Memory({ initial: 1 })
  const kernels = instantiate(memory)
  const bytes = scratch + kernels.gemmScratch(n)
  memory.grow(Math.ceil(bytes / 65_536))
  kernels.pairTiles(wide)
  const at = (offset: number, length: number) => new Float32Array(memory.buffer, offset, length)
  const inputs = at(a, m * k + k * n)
  for (let i = 0; i < inputs.length; i++) inputs[i] = Math.sin(1 + 7 * i)
  return {
    sizes,
    a: at(a, m * k),
    b: at(b, k * n),
    c: at(c, m * n),
    run: () => kernels.gemm(m, n, k, a, k, false, b, n, false, c, n, false, 0, false, scratch),
  }
}

/** The same product by plain sums in 32-bit floats, rounded after each operation. */
function plainProduct({ sizes: [m, n, k], a, b }: Product): Float32Array {
  const c = new Float32Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0
      for (let block = 0; block < k; block += depth) {
        let sum = 0
        for (let l = block; l < Math.min(k, block + depth); l++)
          sum = Math.fround(sum + Math.fround((a[i * k + l] as number) * (b[l * n + j] as number)))
        total = block === 0 ? sum : Math.fround(sum + total)
      }
      c[i * n + j] = total
    }
  }
  return c
}
