import { expect, test } from 'vitest'
import { overlayOf } from '#protocol/overlay.ts'

test('an overlay joins the topology and the placement of an experiment', () => {
  const overlay = overlayOf({
    seed: 1,
    peers: { honest: 3, byzantine: 1, placement: 'spread' },
    topology: { name: 'ring', neighbours: 2 },
  })
  expect(overlay).toEqual({
    n: 4,
    edges: [
      [0, 1],
      [0, 3],
      [1, 2],
      [2, 3],
    ],
    neighbours: [
      [1, 3],
      [0, 2],
      [1, 3],
      [0, 2],
    ],
    byzantine: [0],
  })
})

test('the seed moves random graphs and random liars, and nothing else does', () => {
  const at = (seed: number) =>
    overlayOf({
      seed,
      peers: { honest: 12, byzantine: 4, placement: 'random' },
      topology: { name: 'random-regular', degree: 4 },
    })
  expect(at(1)).toEqual(at(1))
  expect(at(1).edges).not.toEqual(at(2).edges)
  expect(at(1).byzantine).not.toEqual(at(3).byzantine)
})

test('a topology that does not fit the number of peers is refused', () => {
  expect(() =>
    overlayOf({
      seed: 1,
      peers: { honest: 6, byzantine: 2, placement: 'random' },
      topology: { name: 'torus', rows: 3, columns: 3 },
    }),
  ).toThrow(RangeError)
})
