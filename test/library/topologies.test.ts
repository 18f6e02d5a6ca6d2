import { expect, test } from 'vitest'
import * as topologies from '#library/topologies.ts'
import { onePeerExponential, randomRegular, ring, smallWorld } from '#library/topologies.ts'
import { overlayOf } from '#protocol/plan/overlay.ts'
import { topologies as declared } from '#topology/registry.ts'

test('the library has every topology of the registry', () => {
  const names = Object.values(topologies).map((make) => {
    try {
      ;(make as (parameters: object) => unknown)({ noSuchKey: 1 })
    } catch (error) {
      return (error as Error).message.split(':')[0]
    }
    return 'the factory took an unknown key'
  })
  expect(names.sort()).toEqual(declared.map(({ name }) => name).sort())
})

test('a graph has edges, neighbours and mixing weights', () => {
  const { n, edges, neighbours, mixing, period } = ring()(4)
  expect({ n, edges, neighbours, period }).toEqual({
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
    period: 1,
  })
  expect(mixing[0]).toEqual({ peer: 0, members: [0, 1, 3], weights: [1 / 3, 1 / 3, 1 / 3] })
})

test.each([
  [randomRegular({ degree: 4 }), 11],
  [smallWorld(), 20],
  [onePeerExponential(), 8],
])('a random or changing graph is that of an experiment with the same seed', (topology, n) => {
  const peers = { honest: n, byzantine: 0, placement: 'random' as const }
  const overlay = overlayOf({ peers, topology: topology.config as never, seed: 3, rounds: { count: 9 } })
  for (const round of [0, 1, 5]) {
    const { edges, neighbours, mixing } = topology(n, { seed: 3, round })
    const { rows, ...graph } = overlay.at(round)
    expect({ edges, neighbours }).toEqual(graph)
    expect(mixing).toEqual(rows)
  }
})

test.each([
  ['too few peers', () => ring({ neighbours: 4 })(4), 'ring with neighbours=4 needs more than 4 peers, got n=4'],
  ['half a peer', () => ring()(4.5), 'ring: n: must be a whole number, at least 1, got 4.5'],
  [
    'an odd ring',
    () => ring({ neighbours: 3 }),
    'ring: neighbours: 3 is not allowed; it takes a whole number, at least 2 and a multiple of 2',
  ],
])('%s is one line', (_, run, message) => {
  expect(run).toThrow(RangeError)
  expect(run).toThrow(message)
})
