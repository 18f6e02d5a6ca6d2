import { describe, expect, test } from 'vitest'
import { instantiateKernels, type Kernels } from '#learning/engines/kernels/kernels.ts'
import { fasterTile, productsAreExact } from '#learning/engines/kernels/tile.ts'

const instantiate = (memory: WebAssembly.Memory): Kernels => instantiateKernels(memory)

/** The kernels with another `gemm` where `wide` tiles are on. */
function changed(gemm: (kernels: Kernels, wide: boolean, ...product: Parameters<Kernels['gemm']>) => void) {
  return (memory: WebAssembly.Memory): Kernels => {
    const kernels = instantiate(memory)
    let wide = false
    return {
      ...kernels,
      pairTiles(on) {
        wide = on
        kernels.pairTiles(on)
      },
      gemm: (...product) => gemm(kernels, wide, ...product),
    }
  }
}

test('products have the bits of plain sums with either tile', () => {
  expect(productsAreExact(instantiate)).toBe(true)
})

test('one changed bit with wide tiles is found', () => {
  const wrong = changed((kernels, wide, ...product) => {
    kernels.gemm(...product)
    // C + A B once more: any other number will do.
    if (wide) kernels.gemm(...(product.with(11, true) as Parameters<Kernels['gemm']>))
  })
  expect(productsAreExact(wrong)).toBe(false)
})

describe('the race', () => {
  /** A clock that only products move, by these milliseconds for narrow and wide tiles. */
  const raceOf = (narrowMs: number, wideMs: number) => {
    let atMs = 0
    const timed = changed((kernels, wide, ...product) => {
      kernels.gemm(...product)
      atMs += wide ? wideMs : narrowMs
    })
    return fasterTile(timed, () => atMs)
  }

  test.each([
    [1, 0.5, '4 x 16'],
    [1, 0.9, '4 x 16'],
    [1, 1, '4 x 8'],
    [1, 1.2, '4 x 8'],
  ] as const)('%s ms against %s ms goes to %s', (narrow, wide, tile) => {
    expect(raceOf(narrow, wide)).toBe(tile)
  })
})
