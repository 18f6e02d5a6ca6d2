import { expect, test } from 'vitest'
import { describeTopology } from '#harness/commands/topology.ts'
import { experimentSchema } from '#protocol/experiment.ts'

const lattice = (changes: object = {}) =>
  experimentSchema.parse({
    name: 'lattice',
    peers: { honest: 6, byzantine: 2, placement: [1, 6] },
    topology: { name: 'ring', neighbours: 4 },
    learning: { dataset: 'digits' },
    aggregation: { name: 'trimmed-mean', f: 1 },
    rounds: { count: 1 },
    ...changes,
  })

test('the ring lattice of degree 4 is measured', () => {
  const { data } = describeTopology(lattice())
  expect(data).toMatchObject({
    n: 8,
    byzantine: [1, 6],
    degree: { min: 4, mean: 4, max: 4 },
    diameter: 2,
    honestConnected: true,
    rule: 'trimmed-mean',
  })
  expect(data.edges).toHaveLength(16)
  // Eigenvalues of the lattice's W: (1 + 2 cos a + 2 cos 2a) / 5 at a = 2 pi k / 8; k = 1 has the largest.
  expect(data.spectralGap.all).toBeCloseTo(1 - (1 + Math.SQRT2) / 5, 12)
})

test('each peer has its liars, their weight, its tolerance and its margin', () => {
  const { peers } = describeTopology(lattice()).data
  expect(peers[0]).toMatchObject({ role: 'honest', neighbours: [1, 2, 6, 7], byzantine: 2, f: 1, margin: -1 })
  expect(peers[0]?.byzantineWeight).toBeCloseTo(0.4, 12)
  expect(peers[2]).toMatchObject({ neighbours: [0, 1, 3, 4], byzantine: 1, margin: 0 })
  expect(peers[1]).toMatchObject({ role: 'byzantine', byzantine: 0 })
})

test('the text says who has more liars beside it than its rule tolerates', () => {
  const { text } = describeTopology(lattice())
  expect(text).toContain('2 of 6 honest peers have more liars beside them than their rule tolerates: 0, 7')
  expect(text).toMatch(/^ {3}0 {2}honest +2 +0\.400 +1 +-1 ! +1 2 6 7$/m)
  expect(text).toMatch(/^ {3}1 {2}Byzantine +0 2 3 7$/m)
})

test('the text says where all are within their tolerance', () => {
  const { text } = describeTopology(lattice({ aggregation: { name: 'trimmed-mean', f: 2 } }))
  expect(text).toContain('no honest peer has more liars beside it than its rule tolerates')
})

test('the tolerance of a share follows the size of each neighbourhood', () => {
  const { peers, degree } = describeTopology(
    lattice({ topology: { name: 'star' }, aggregation: { name: 'trimmed-mean', f: { share: 0.25 } } }),
  ).data
  expect(degree).toEqual({ min: 1, mean: 1.75, max: 7 })
  expect(peers[0]).toMatchObject({ byzantine: 2, f: 2, margin: 0 })
  expect(peers[2]).toMatchObject({ byzantine: 0, f: 0, margin: 0 })
})

test('liars that cut the honest graph are told', () => {
  const { data, text } = describeTopology(
    lattice({
      peers: { honest: 7, byzantine: 1, placement: 'hub' },
      topology: { name: 'star' },
      aggregation: { name: 'average' },
    }),
  )
  expect(data.honestConnected).toBe(false)
  expect(data.spectralGap.honest).toBeCloseTo(0, 12)
  expect(text).toContain('not connected without the liars')
})

test('a peer that trains alone has no liars beside it', () => {
  const { data } = describeTopology(lattice({ exchange: 'none' }))
  expect(data.peers.every(({ byzantine, byzantineWeight }) => byzantine === 0 && byzantineWeight === 0)).toBe(true)
})

test('a topology that does not fit the number of peers is refused', () => {
  expect(() => describeTopology(lattice({ topology: { name: 'torus', rows: 3, columns: 3 } }))).toThrow(
    'torus of rows=3, columns=3 needs n=9 peers, got n=8',
  )
})
