import { expect, test } from 'vitest'
import { inverseNormal } from '#attacks/math/normal.ts'

/** Python 3.11, statistics.NormalDist().inv_cdf. */
const quantiles: readonly (readonly [number, number])[] = [
  [1e-300, -37.0470962993612],
  [1e-40, -13.310921371425172],
  [1e-12, -7.034483825301132],
  [1e-6, -4.753424308822899],
  [0.001, -3.090232306167813],
  [0.02425, -1.9729610513118845],
  [0.0749, -1.4402382675279632],
  [0.075, -1.4395314709384557],
  [0.0751, -1.4388253927525398],
  [0.2, -0.8416212335729142],
  [0.5, 0],
  [0.6, 0.2533471031357998],
  [0.75, 0.6744897501960817],
  [0.9249, 1.4388253927525403],
  [0.925, 1.439531470938456],
  [0.9259259259259259, 1.4461035929181751],
  [0.975, 1.9599639845400536],
  [0.999, 3.090232306167813],
  [0.999999999, 5.997807019601638],
]

test.each(quantiles)('the quantile of %f', (p, z) => {
  expect(Math.abs(inverseNormal(p) - z)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(z)))
})

test('is odd: the quantile of 1 - p is minus that of p', () => {
  for (const p of [0.03125, 0.25, 0.375, 0.4375]) expect(inverseNormal(1 - p)).toBe(-inverseNormal(p))
})

test('is undefined outside 0 < p < 1', () => {
  for (const p of [0, 1, -0.5, 1.5, Number.NaN]) expect(() => inverseNormal(p)).toThrow(RangeError)
})
