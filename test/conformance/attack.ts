import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { ConfiguredAttack, CraftContext, Known } from '#attacks/attack.ts'
import type { KnowledgeLevel } from '#attacks/facts.ts'
import { randomStream } from '#learning/random.ts'

export interface AttackUnderTest {
  readonly title: string
  readonly attack: ConfiguredAttack
  /** Sends nothing, or non-finite numbers, on purpose. */
  readonly unusable?: boolean
}

const d = 5
const vector = fc
  .array(fc.noBias(fc.integer({ min: -4000, max: 4000 })), { minLength: d, maxLength: d })
  .map((row) => Float32Array.from(row, (value) => value / 64))
const some = fc.array(vector, { minLength: 2, maxLength: 6 })
const situation = fc.record({ colluders: some, honest: some, seed: fc.nat() })
type Situation = typeof situation extends fc.Arbitrary<infer S> ? S : never

/** The contract of every attack, at every level of knowledge. */
export function describeAttack({ title, attack, unusable = false }: AttackUnderTest) {
  const craft = ({ colluders, honest, seed }: Situation, wrap: (known: Known) => Known = (known) => known) =>
    attack.craft(wrap(knownAt(attack.knowledge, colluders, honest)), contextOf(colluders, honest, seed))

  describe(title, () => {
    test('crafts d finite numbers in a new array and does not change its knowledge', () => {
      fc.assert(
        fc.property(situation, (given) => {
          const before = [...given.colluders, ...given.honest].map((known) => [...known])
          const { output } = craft(given)
          if (unusable) expect(output === null || output.some((value) => !Number.isFinite(value))).toBe(true)
          else {
            expect(output).toHaveLength(d)
            expect(output?.every(Number.isFinite)).toBe(true)
          }
          expect([...given.colluders, ...given.honest].map((known) => [...known])).toEqual(before)
          expect([...given.colluders, ...given.honest].every((known) => known.buffer !== output?.buffer)).toBe(true)
        }),
        { numRuns: 40 },
      )
    })

    test('crafts the same bits from the same knowledge and draws', () => {
      fc.assert(
        fc.property(situation, (given) => {
          expect(craft(given)).toEqual(craft(given))
        }),
        { numRuns: 20 },
      )
    })

    test('reads no vector that its level forbids', () => {
      fc.assert(
        fc.property(situation, (given) => {
          const guarded = craft(given, (known) => new Proxy(known, onlyItsOwn))
          expect(guarded).toEqual(craft(given))
        }),
        { numRuns: 20 },
      )
    })

    test('declares its minimum number of colluders', () => {
      expect(attack.minColluders).toBeGreaterThanOrEqual(1)
      expect(Number.isInteger(attack.minColluders)).toBe(true)
    })
  })
}

/** Throws when an absent key is read. */
const onlyItsOwn: ProxyHandler<Known> = {
  get(known, key) {
    if (!Object.hasOwn(known, key)) throw new Error(`${String(key)} is not known at this level`)
    return Reflect.get(known, key)
  },
}

function knownAt(level: KnowledgeLevel, colluders: readonly Float32Array[], honest: readonly Float32Array[]): Known {
  const heard = honest.map((row, peer) => ({ peer, vector: row }))
  if (level === 'colluders') return { colluders }
  return level === 'neighbourhood' ? { colluders, heard } : { colluders, heard, honest }
}

/** A complete graph of honest peers and one Byzantine peer per colluder, with rule median. */
function contextOf(colluders: readonly Float32Array[], honest: readonly Float32Array[], seed: number): CraftContext {
  const n = colluders.length + honest.length + 4
  const m = colluders.length
  const peers = Array.from({ length: honest.length + m }, (_, peer) => peer)
  const weights = peers.map(() => 1 / peers.length)
  return {
    round: 3,
    n,
    m: Math.min(m, (n >> 1) - 1),
    victims: [{ peer: 0, n, m: Math.min(m, (n >> 1) - 1) }],
    random: randomStream(seed, 'attack', -1, 3),
    trained: Float32Array.from({ length: d }, (_, k) => 10 * k),
    pipeline: (size) => configurePipeline({ name: 'median' }, size),
    graph: { rows: peers.map(() => ({ members: peers, weights })), byzantine: peers.slice(honest.length) },
  }
}
