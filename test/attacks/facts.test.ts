import { describe, expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { CraftContext, Known } from '#attacks/attack.ts'
import type { KnowledgeLevel } from '#attacks/facts.ts'
import { meanOf } from '#attacks/math/statistics.ts'
import { attacks } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import { attackCases } from '../conformance/cases.ts'

const colluders = Array.from({ length: 5 }, (_, i) => Float32Array.from({ length: 4 }, (__, k) => Math.sin(3 * i + k)))
const honest = colluders.map((vector) => vector.map((value) => value / 2 + 1))

const peers = [...colluders, ...honest].map((_, peer) => peer)

function knownAt(level: KnowledgeLevel): Known {
  if (level === 'colluders') return { colluders }
  const heard = honest.map((vector, peer) => ({ peer, vector }))
  return level === 'neighbourhood' ? { colluders, heard } : { colluders, heard, honest }
}

/** Inputs that differ between two colluders of a round: position, rank, memory and trained vector. */
function contextOf(rank: number): CraftContext {
  return {
    round: 3,
    n: 12,
    m: 5,
    victims: [{ peer: 0, n: 12, m: 5 }],
    random: randomStream(1, 'attack', -1, 3),
    own: rank,
    rank,
    pipeline: (n) => configurePipeline({ name: 'median' }, n),
    graph: { rows: peers.map(() => ({ members: peers, weights: peers.map(() => 1 / 10) })), byzantine: peers.slice(5) },
    trained: Float32Array.from({ length: 4 }, () => rank),
    state: { rounds: rank, chosen: rank },
  }
}

const crafted = attackCases.map(({ title, attack }) => ({
  title,
  attack,
  all: colluders.map((_, rank) => attack.craft(knownAt(attack.knowledge), contextOf(rank))),
}))

describe('an attack that declares itself shareable', () => {
  test.each(crafted.filter(({ attack }) => attack.shareable))(
    'is the same vector for every colluder that knows the same: $title',
    ({ all }) => {
      expect(new Set(all.map(({ output }) => output?.join())).size).toBe(1)
      expect(all.map(({ state }) => state)).toEqual(colluders.map(() => undefined))
    },
  )

  test('is none in which every colluder has its own part', () => {
    const shareable = attacks.filter((attack) => attack.shareable).map(({ name }) => name)
    expect([...new Set(crafted.flatMap(({ attack }) => (attack.shareable ? [attack.name] : [])))]).toEqual(shareable)
    expect(shareable).toContain('little-is-enough')
    expect(shareable).not.toContain('label-flip')
    expect(shareable).not.toContain('mixed')
  })
})

test('an attack that is harmless at factor 0 sends the mean of the known vectors, and reports factor 0', () => {
  const harmless = attacks.filter(({ harmlessAtZero }) => harmlessAtZero)
  expect(harmless.map(({ name }) => name)).toEqual(expect.arrayContaining(['little-is-enough', 'backdoor']))
  for (const { name, configure } of harmless) {
    const { output, z } = configure({ name, z: 0 }).craft({ colluders }, contextOf(0))
    expect(z).toBe(0)
    expect(output).toEqual(Float32Array.from(meanOf(colluders)))
  }
})

test("an attack's updates arrive when it declares", () => {
  expect(new Set(crafted.map(({ attack }) => attack.arrives))).toEqual(new Set(['in time', 'late', 'never']))
  for (const { title, attack, all } of crafted) {
    const heldBack = all.map(({ output, holdBack = 0 }) => (output === null ? Number.POSITIVE_INFINITY : holdBack))
    const arrives = (held: number) => (held === 0 ? 'in time' : held < 1 ? 'late' : 'never')
    expect({ title, arrives: [...new Set(heldBack.map(arrives))] }).toEqual({ title, arrives: [attack.arrives] })
  }
  const stall = attacks.find(({ name }) => name === 'stall')
  expect(stall?.configure({ name: 'stall', mode: 'drip', share: 1 }).arrives).toBe('never')
})

test('an option that requests the whole training set has a value that does not', () => {
  const backdoor = attacks.find(({ name }) => name === 'backdoor')
  const configured = backdoor?.configure({ name: 'backdoor', examples: 'training-set' })
  expect(configured?.wholeSet).toEqual({ option: 'examples', instead: 'coalition' })
  for (const { name, configure, wholeSet } of attacks) {
    if (wholeSet) expect(configure({ name }).wholeSet).toBeUndefined()
  }
})
