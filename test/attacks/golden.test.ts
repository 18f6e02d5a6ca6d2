import { describe, expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { Crafted, Known, Tried } from '#attacks/attack.ts'
import { clippedAverage } from '#attacks/math/clipped-average.ts'
import { attacks } from '#attacks/registry.ts'
import { type CraftRequest, disagreement, type GoldenCraft, goldenAttacks } from '../vectors/byzfl.ts'

type Trace = readonly (readonly [number, number])[]

const entries = goldenAttacks()
/** ByzFL runs NNM with n <= 2f; ours refuses it, because the n - f nearest are then no majority. */
const tooManyForNnm = ({ request }: GoldenCraft) =>
  request.n <= 2 * request.m && (request.before ?? []).some(({ name }) => name === 'nnm')
const answered = entries.filter((entry) => entry.output && !tooManyForNnm(entry))
const refused = entries.filter((entry) => !answered.includes(entry))

function craft(request: CraftRequest): Crafted {
  const { aggregation, before = [], n, m } = request
  const honest = (request.honest as readonly (readonly number[])[]).map((row) => Float32Array.from(row))
  const attack = attacks.find(({ name }) => name === request.attack.name)?.configure(request.attack)
  const known: Known = attack?.knowledge === 'omniscient' ? { colluders: [], heard: [], honest } : { colluders: honest }
  const pipeline = (size: number) => configurePipeline({ name: 'average', ...aggregation, before }, size)
  const searched = aggregation && { pipeline, exact: clippedAverage({ ...aggregation, before }) }
  const context = { round: 0, n, m, victims: [], random: () => 0, ...searched }
  return attack?.craft(known, context) as Crafted
}

describe('ByzFL', () => {
  test('has entries for the attacks that both have, all finite', () => {
    expect([...new Set(entries.map(({ request }) => request.attack.name))].sort()).toEqual([
      'inner-product-manipulation',
      'little-is-enough',
      'mimic',
      'sign-flip',
    ])
    expect(entries.every(({ nonFinite }) => !nonFinite)).toBe(true)
  })

  test.each(answered)('agrees to 1e-5 on $title', ({ request, output, trace }) => {
    const crafted = craft(request)
    const tried = crafted.trace ?? []
    if (trace && !sameWay(trace, tried)) {
      // If the gain is flat, the last bits of numpy's sums choose another factor of the same gain.
      const best = Math.max(...trace.map(([, gain]) => gain))
      expect(flat(trace)).toBe(true)
      expect(Math.max(...tried.map(({ gain }) => gain))).toBeGreaterThanOrEqual(best * (1 - 1e-12))
      return
    }
    // At z = 0 the crafted vectors are the mean itself: NNM's neighbours tie, and numpy's argpartition breaks ties arbitrarily.
    const tied = (request.before ?? []).some(({ name }) => name === 'nnm')
    for (const [i, [z, gain]] of (trace ?? []).entries()) {
      if (z === 0 && tied) continue
      expect(Math.abs((tried[i]?.gain ?? NaN) - gain), `gain at ${z}`).toBeLessThanOrEqual(1e-5 * gain + 1e-6)
    }
    expect(disagreement(crafted.output as Float32Array, output as number[])).toBeLessThanOrEqual(1)
  })

  test('only a few searches, all with a flat gain, take another path', () => {
    const left = answered.filter(({ request, trace }) => trace && !sameWay(trace, craft(request).trace ?? []))
    expect(left.length).toBeLessThanOrEqual(2)
  })

  test.each(refused)('refuses where ByzFL refuses, and NNM for half or more Byzantine peers: $title', ({ request }) => {
    expect(() => craft(request)).toThrow(RangeError)
  })
})

/** Whether two searches tried the same factors and chose the same. */
function sameWay(trace: Trace, tried: readonly Tried[]): boolean {
  const same = trace.every(([z], i) => Math.abs(z - (tried[i]?.z ?? NaN)) <= 1e-5 * z)
  return same && bestOf(trace) === bestOf(tried.map(({ z, gain }) => [z, gain] as const))
}

/** Position of the maximum gain, the first of several. */
function bestOf(trace: Trace): number {
  const gains = trace.map(([, gain]) => gain)
  return gains.indexOf(Math.max(...gains))
}

/** Whether some step changes the best gain so far by less than 1e-6 of it. */
function flat(trace: Trace): boolean {
  return trace.slice(1).some(([, gain], i) => {
    const best = Math.max(...trace.slice(0, i + 1).map(([, before]) => before))
    return Math.abs(gain - best) <= 1e-6 * best
  })
}
