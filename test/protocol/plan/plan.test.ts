import { expect, test } from 'vitest'
import { momentumAt, peerConfigOf } from '#protocol/assembly/peer-config.ts'
import { attackOf } from '#protocol/plan/byzantine.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { PlanError } from '#protocol/plan/plan-error.ts'
import { victimsOf } from '#protocol/plan/victims.ts'
import { experimentWith } from '../simulation/quadratic-pool.ts'

/** Path and message of a refused plan. */
function refusal(changes: Record<string, unknown>): [string, string] | undefined {
  try {
    planOf(experimentWith(changes))
  } catch (error) {
    if (error instanceof PlanError) return [error.path, error.message]
    throw error
  }
  return undefined
}

test('a consistent experiment gets a plan: members, weights and rule of every neighbourhood', () => {
  const plan = planOf(experimentWith({ aggregation: { name: 'trimmed-mean', f: 1 } }))
  expect(plan.n).toBe(6)
  expect(plan.neighbourhoods).toHaveLength(6)
  const [first] = plan.neighbourhoods
  expect(first?.members).toEqual([0, 1, 2, 4, 5])
  expect(first?.weights).toEqual([1, 1, 1, 1, 1].map(() => expect.closeTo(0.2, 12)))
  expect([first?.rule.name, first?.rule.f, first?.rule.minimum]).toEqual(['trimmed-mean', 1, 3])
})

test.for<[string, Record<string, unknown>, [string, string]]>([
  [
    'a topology that does not fit the number of peers',
    { topology: { name: 'torus', rows: 4, columns: 4 } },
    ['topology', 'torus of rows=4, columns=4 needs n=16 peers, got n=6; rows=2, columns=3 would fit'],
  ],
  [
    'a fault outside the simulator',
    { faults: { drop: 0.1 }, runtime: { name: 'processes' } },
    ['faults.drop', 'faults are injected only in runtime simulation, not in processes'],
  ],
  [
    'a backdoor on images that Byzantine peers in tabs do not have',
    {
      peers: { honest: 4, byzantine: 2 },
      attack: { name: 'backdoor', examples: 'training-set' },
      runtime: { name: 'browsers' },
    },
    [
      'attack.examples',
      "in runtime browsers Byzantine peers hold only the coalition's examples; use examples: coalition",
    ],
  ],
  [
    'a rule around the own vector where all must compute the same',
    { exchange: 'gradients', topology: { name: 'complete' }, aggregation: { name: 'monna', f: 1 } },
    [
      'aggregation',
      "monna depends on the peer's own vector, and with exchange: gradients all peers must compute the same output; use exchange: models",
    ],
  ],
  [
    'centered clipping that starts at the own vector there',
    { exchange: 'gradients', topology: { name: 'complete' }, aggregation: { name: 'centered-clipping' } },
    [
      'aggregation',
      "centered-clipping depends on the peer's own vector, and with exchange: gradients all peers must compute the same output; use start: zero",
    ],
  ],
  [
    'epochs and steps at once',
    { learning: { dataset: 'digits', localSteps: 2, localEpochs: 1 } },
    ['learning.localEpochs', 'set localEpochs or localSteps, not both; localSteps is 2'],
  ],
  [
    'epochs of gradients',
    { learning: { dataset: 'digits', localEpochs: 1 }, exchange: 'gradients', topology: { name: 'complete' } },
    ['learning.localEpochs', 'localEpochs needs exchange: models; exchange: gradients takes one batch a round'],
  ],
  [
    'an f too large for the neighbourhood',
    { aggregation: { name: 'trimmed-mean', f: 3 } },
    ['aggregation', 'trimmed-mean needs n > 2f, got n=5, f=3 (peer 0 and its 4 neighbours)'],
  ],
  [
    'a share f that is too large somewhere',
    { aggregation: { name: 'krum', f: { share: 0.4 } } },
    [
      'aggregation',
      'krum needs n > 2f + 2 (n > 2f with neighbours n-f-1 or n-f), got n=5, f=2 (peer 0 and its 4 neighbours)',
    ],
  ],
  [
    'gradients on a graph that is not complete',
    { exchange: 'gradients' },
    ['exchange', 'exchange: gradients needs the complete graph; topology ring has 12 of 15 edges'],
  ],
  [
    'momentum at an aggregate of models',
    { learning: { dataset: 'digits', momentum: { at: 'aggregate' } } },
    ['learning.momentum.at', 'momentum at: aggregate needs exchange: gradients, got models; use at: local'],
  ],
  [
    'an attack with nobody to make it',
    { attack: { name: 'sign-flip' } },
    ['peers.byzantine', 'attack sign-flip needs at least one Byzantine peer'],
  ],
  [
    'an attack with too few colluders',
    { peers: { honest: 5, byzantine: 1 }, attack: { name: 'little-is-enough', z: 1 } },
    ['peers.byzantine', 'little-is-enough needs at least 2 colluders, got 1'],
  ],
  [
    'omniscient Byzantine peers in a real swarm',
    {
      peers: { honest: 5, byzantine: 1 },
      attack: { name: 'sign-flip', knowledge: 'omniscient' },
      runtime: { name: 'processes' },
    },
    ['attack.knowledge', 'knowledge: omniscient exists only in runtime simulation, not in processes'],
  ],
  [
    'options of an attack that do not go together',
    { peers: { honest: 4, byzantine: 2 }, attack: { name: 'little-is-enough', z: 1, centre: 'victim' } },
    ['attack', 'little-is-enough with centre: victim needs knowledge: neighbourhood, got colluders'],
  ],
  [
    'an attack whose formula has no value at this n and m',
    { peers: { honest: 2, byzantine: 4 }, attack: { name: 'little-is-enough', z: 'paper' } },
    ['attack', 'z: paper needs at most n / 2 Byzantine peers, got n=6, m=4; give z a number'],
  ],
  [
    'a placement that names other peers than there are Byzantine peers',
    { peers: { honest: 4, byzantine: 2, placement: [1] } },
    ['peers.placement', 'placement [1] names 1 peers, got byzantine=2; they must be equal'],
  ],
  [
    'a quorum above the number of neighbours',
    { rounds: { count: 1, quorum: 5 } },
    ['rounds.quorum', 'peer 0 has 4 neighbours, fewer than the quorum of 5'],
  ],
  [
    'a quorum below 2f + 1, own included',
    { aggregation: { name: 'trimmed-mean', f: 2 }, rounds: { count: 1, quorum: 3 } },
    ['rounds.quorum', 'trimmed-mean with f=2 needs a quorum of at least 4 neighbours, got 3'],
  ],
])('%s is refused by path', ([, changes, expected]) => {
  expect(refusal(changes)).toEqual(expected)
})

test('with exchange: none no neighbourhood needs to fit a rule', () => {
  const plan = planOf(experimentWith({ exchange: 'none', aggregation: { name: 'krum', f: 9 } }))
  expect(plan.neighbourhoods[3]).toMatchObject({ members: [3], weights: [1] })
  expect(peerConfigOf(experimentWith({ exchange: 'none' }), plan, 3, undefined).rules).toMatchObject({
    neighbours: [],
    quorum: 0,
  })
})

test("an honest peer's configuration does not depend on the Byzantine peers or the attack", () => {
  const told = (changes: Record<string, unknown>): unknown => {
    const experiment = experimentWith({ aggregation: { name: 'trimmed-mean', f: 1 }, ...changes })
    const plan = planOf(experiment)
    return [0, 1, 2, 3, 4, 5].map((peer) => peerConfigOf(experiment, plan, peer, 1000))
  }
  const withoutByzantine = told({ peers: { honest: 6 } })
  for (const placement of ['random', 'hub', 'spread', [0, 1], [2, 5]]) {
    for (const name of ['none', 'sign-flip', 'little-is-enough']) {
      expect(told({ peers: { honest: 4, byzantine: 2, placement }, attack: { name } })).toEqual(withoutByzantine)
    }
  }
})

test.for<[Record<string, unknown>, number | 'all', number | undefined]>([
  // Ring lattice of degree 4: K = 5. The rule's minimum less the peer's own; a grace needs K >= 3f + 1.
  [{ aggregation: { name: 'average' } }, 1, undefined],
  [{ aggregation: { name: 'median' } }, 1, undefined],
  [{ aggregation: { name: 'trimmed-mean', f: 1 } }, 2, 3],
  [{ aggregation: { name: 'trimmed-mean', f: 2 } }, 4, undefined],
  // Krum needs 5 vectors, so K - f = 4 must not close a round.
  [{ aggregation: { name: 'krum', f: 1 } }, 4, undefined],
  [{ aggregation: { name: 'average', before: [{ name: 'nnm', f: 1 }] } }, 2, 3],
  [{ aggregation: { name: 'trimmed-mean', f: 1 }, rounds: { count: 1, quorum: 2 } }, 2, 3],
  [{ aggregation: { name: 'trimmed-mean', f: 1 }, rounds: { count: 1, quorum: 4 } }, 4, undefined],
  [
    { exchange: 'gradients', topology: { name: 'complete' }, aggregation: { name: 'trimmed-mean', f: 1 } },
    'all',
    undefined,
  ],
])('%o closes with a quorum of %s and a grace at %s', ([changes, quorum, graceThreshold]) => {
  const experiment = experimentWith(changes)
  const { rules } = peerConfigOf(experiment, planOf(experiment), 0, undefined)
  expect(rules.quorum).toBe(quorum)
  expect(rules.graceThreshold).toBe(graceThreshold)
})

test('a round never closes with fewer vectors than its rule needs', () => {
  for (const aggregation of [
    { name: 'bulyan', f: 1 },
    { name: 'krum', f: 2 },
    { name: 'multi-krum', f: 2 },
    { name: 'trimmed-mean', f: 2 },
    { name: 'median', before: [{ name: 'nnm', f: 2 }] },
  ]) {
    for (const exchange of ['models', 'gradients']) {
      const experiment = experimentWith({ exchange, aggregation, peers: { honest: 8 }, topology: { name: 'complete' } })
      const plan = planOf(experiment)
      const needed = plan.neighbourhoods[0]?.rule.minimum ?? 0
      const { quorum, minimum, graceThreshold } = peerConfigOf(experiment, plan, 0, undefined).rules
      expect(minimum + 1).toBeGreaterThanOrEqual(needed)
      if (quorum !== 'all') expect(quorum).toBeGreaterThanOrEqual(minimum)
      if (graceThreshold !== undefined) expect(graceThreshold).toBeGreaterThanOrEqual(minimum)
    }
  }
})

test('momentum is by default at the aggregate with gradients, local with models, and always local with exchange: none', () => {
  const alone = { exchange: 'none', learning: { dataset: 'digits', momentum: { at: 'aggregate' } } }
  expect(momentumAt(experimentWith(alone))).toBe('local')
  expect(momentumAt(experimentWith())).toBe('local')
  expect(momentumAt(experimentWith({ exchange: 'gradients' }))).toBe('aggregate')
  const learning = { dataset: 'digits', momentum: { at: 'local' } }
  expect(momentumAt(experimentWith({ exchange: 'gradients', learning }))).toBe('local')
})

test("a Byzantine peer's victims are its honest neighbours, with their own n and m", () => {
  const plan = planOf(experimentWith({ peers: { honest: 6, byzantine: 2, placement: [1, 2] } }))
  expect(victimsOf(plan, 1)).toEqual([
    { peer: 0, n: 5, m: 2 },
    { peer: 3, n: 5, m: 2 },
    { peer: 7, n: 5, m: 1 },
  ])
  expect(attackOf(experimentWith())).toBeUndefined()
})

test('a rule that needs losses gets them with models, and is refused with gradients', () => {
  const ubar = { aggregation: { name: 'ubar' } }
  const experiment = experimentWith(ubar)
  expect(peerConfigOf(experiment, planOf(experiment), 0, undefined)).toMatchObject({
    needsLosses: true,
    seed: experiment.seed,
  })
  const median = experimentWith({})
  expect(peerConfigOf(median, planOf(median), 0, undefined).needsLosses).toBe(false)
  expect(refusal({ ...ubar, exchange: 'gradients', topology: { name: 'complete' } })).toEqual([
    'aggregation',
    'ubar needs the loss of models; use exchange: models, not gradients',
  ])
})
