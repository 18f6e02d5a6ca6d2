import { expect, test } from 'vitest'
import { rules } from '#aggregation/registry.ts'
import { topologyText } from '#harness/commands/topology-text.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { describeTopology as describe } from '#report/graph/topology.ts'

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

const describeTopology = (experiment: ReturnType<typeof lattice>) => {
  const data = describe(experiment)
  return { data, text: topologyText(experiment, data) }
}

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

test('each peer has its Byzantine peers, their weight, its tolerance and its margin', () => {
  const { peers } = describeTopology(lattice()).data
  expect(peers[0]).toMatchObject({ role: 'honest', neighbours: [1, 2, 6, 7], byzantine: 2, f: 1, margin: -1 })
  expect(peers[0]?.byzantineWeight).toBeCloseTo(0.4, 12)
  expect(peers[2]).toMatchObject({ neighbours: [0, 1, 3, 4], byzantine: 1, margin: 0 })
  expect(peers[1]).toMatchObject({ role: 'byzantine', byzantine: 0 })
})

test('the text says which peers have more Byzantine neighbours than their rule tolerates', () => {
  const { text } = describeTopology(lattice())
  expect(text).toContain('2 of 6 honest peers have more Byzantine neighbours than their rule tolerates: 0, 7')
  expect(text).toMatch(/^ {3}0 {2}honest +2 +0\.400 +1 +-1 ! +1 2 6 7$/m)
  expect(text).toMatch(/^ {3}1 {2}Byzantine +0 2 3 7$/m)
})

test('the text says where all are within their tolerance', () => {
  const { text } = describeTopology(lattice({ aggregation: { name: 'trimmed-mean', f: 2 } }))
  expect(text).toContain('no honest peer has more Byzantine neighbours than its rule tolerates')
})

test('the tolerance of a share follows the size of each neighbourhood', () => {
  const { peers, degree } = describeTopology(
    lattice({ topology: { name: 'star' }, aggregation: { name: 'trimmed-mean', f: { share: 0.25 } } }),
  ).data
  expect(degree).toEqual({ min: 1, mean: 1.75, max: 7 })
  expect(peers[0]).toMatchObject({ byzantine: 2, f: 2, margin: 0 })
  expect(peers[2]).toMatchObject({ byzantine: 0, f: 0, margin: 0 })
})

test('Byzantine peers that cut the honest graph are told', () => {
  const { data, text } = describeTopology(
    lattice({
      peers: { honest: 7, byzantine: 1, placement: 'hub' },
      topology: { name: 'star' },
      aggregation: { name: 'average' },
    }),
  )
  expect(data.honestConnected).toBe(false)
  expect(data.spectralGap.honest).toBeCloseTo(0, 12)
  expect(text).toContain('not connected without the Byzantine peers')
})

test('a peer that trains alone has no Byzantine peers beside it', () => {
  const { data } = describeTopology(lattice({ exchange: 'none' }))
  expect(data.peers.every(({ byzantine, byzantineWeight }) => byzantine === 0 && byzantineWeight === 0)).toBe(true)
})

test('a topology that does not fit the number of peers is refused', () => {
  expect(() => describeTopology(lattice({ topology: { name: 'torus', rows: 3, columns: 3 } }))).toThrow(
    'torus of rows=3, columns=3 needs n=9 peers, got n=8',
  )
})

test('every rule of the registry has its margin, those that bear the same on one line', () => {
  const { data, text } = describeTopology(lattice())
  expect(data.rules.map(({ rule }) => rule)).toEqual(rules.map(({ name }) => name))
  const of = (name: string) => data.rules.find(({ rule }) => rule === name)
  expect(of('trimmed-mean')).toMatchObject({ most: { min: 2, max: 2 }, everywhere: 2, worst: 0, over: [] })
  expect(of('krum')).toMatchObject({ most: { min: 1, max: 1 }, everywhere: 1, worst: -1, over: [0, 7] })
  expect(of('bulyan')).toMatchObject({ most: { min: 0, max: 0 }, worst: -2, over: [0, 2, 3, 4, 5, 7] })
  expect(of('median')).toMatchObject({ most: null, everywhere: null, worst: null, over: [] })
  expect(text).toMatch(/^ +1 +1 +-1 ! +0 7 +krum, multi-krum, bridge$/m)
})

test("gossip rules are held against their papers' conditions on the graph", () => {
  const { data, text } = describeTopology(lattice())
  const of = (name: string) => data.rules.find(({ rule }) => rule === name)?.condition
  expect(data.deltaMax).toBeCloseTo(0.4, 12)
  expect(of('clipped-gossip')?.value).toBeCloseTo(0.4 / data.spectralGap.honest! ** 2, 9)
  expect(of('cs-plus')?.value).toBeCloseTo(0.8, 12)
  // All honest rows sum to 1 with Byzantine peers folded in, so that mu_2 = 1 - lambda_2 of the honest matrix.
  expect(of('cs-plus')?.bound).toBeCloseTo(data.spectralGap.honest!, 9)
  expect(text).toContain('cs-plus, gts: 2b = 0.800 is not below mu_2 = 0.254, beyond the bound')
})

test('the graphs of He et al. have the gaps that they publish', () => {
  const { data } = describeTopology(
    lattice({
      peers: { honest: 11, byzantine: 1, placement: [11] },
      topology: { name: 'two-cliques', clique: 5, pendants: 1 },
      aggregation: { name: 'clipped-gossip' },
    }),
  )
  expect(data.spectralGap.honest).toBeCloseTo(0.0286, 4)
  expect(data.deltaMax).toBeCloseTo(0.25, 12)
  // The pendant's own neighbourhood of two tolerates no f, so only a share can be written.
  expect(data.rules.find(({ rule }) => rule === 'trimmed-mean')).toMatchObject({
    most: { min: 1, max: 2 },
    everywhere: 0,
  })
})

test('a graph that changes is described by its rounds and the links to wire', () => {
  const { data, text } = describeTopology(
    lattice({
      topology: { name: 'one-peer-exponential' },
      aggregation: { name: 'average' },
      rounds: { count: 9 },
    }),
  )
  expect(data).toMatchObject({ period: 3, degree: { min: 1, mean: 1, max: 1 }, doublyStochastic: true })
  expect(data.rounds?.map((round) => round.length)).toEqual([4, 4, 4])
  expect(data.spectralGap.all).toBe(1)
  expect(data.edges).toHaveLength(12)
  expect(text).toContain('repeats after 3 rounds')
  expect(text).toContain('12 of 28 pairs')
  const fresh = describeTopology(lattice({ topology: { name: 'epidemic', degree: 4 }, rounds: { count: 100 } }))
  expect(fresh.data).toMatchObject({ period: null })
  expect(fresh.data.rounds).toHaveLength(32)
  expect(fresh.text).toContain('28 of 28 pairs; a real swarm opens them all')
  expect(fresh.data.peers.every(({ role, byzantine }) => role === 'byzantine' || byzantine === 2)).toBe(true)
})

test('uniform weights on unequal degrees are told', () => {
  const star = (weights: string) =>
    describeTopology(lattice({ topology: { name: 'star', weights }, aggregation: { name: 'average' } }))
  expect(star('uniform').data.doublyStochastic).toBe(false)
  expect(star('uniform').text).toContain('only row-stochastic')
  expect(star('maximum-degree').data.doublyStochastic).toBe(true)
  const picked = { name: 'epidemic', degree: 2, sampling: 'local', weights: 'uniform' }
  const changing = describeTopology(
    lattice({ topology: picked, aggregation: { name: 'average' }, rounds: { count: 9 } }),
  )
  expect(changing.data.spectralGap).toEqual({ all: null, honest: null })
  expect(changing.text).toContain('not computed for weights that are not doubly stochastic')
})

test('a thousand peers are told without a table of a thousand lines', () => {
  const { data, text } = describeTopology(
    lattice({
      peers: { honest: 900, byzantine: 100 },
      topology: { name: 'random-regular', degree: 6 },
    }),
  )
  expect(data.spectralGap.all).toBeGreaterThan(0.2)
  expect(text.split('\n').length).toBeLessThan(60)
  expect(text).toContain('(the 15 with the smallest margins of 1000; --json prints all)')
})
