import { expect, test } from 'vitest'
import {
  cosineOfTurn,
  exponential,
  gamma,
  integer,
  logarithm,
  normal,
  permutation,
  randomStream,
} from '#learning/random.ts'

test('streams draw the same bits in every JavaScript engine', () => {
  const batches = randomStream(1, 'batches', 0, 0)
  expect([batches(), batches(), batches()]).toEqual([0.010234308965047734, 0.8350646654984781, 0.15071005460707565])
  const empty = randomStream(0, '')
  expect([empty(), empty()]).toEqual([0.12850463092687303, 0.3359181954866919])
})

test('a permutation, a normal and two gamma numbers have known bits', () => {
  expect([...permutation(randomStream(1, 'p'), 8)]).toEqual([4, 6, 5, 0, 7, 1, 2, 3])
  expect(normal(randomStream(1, 'n'))).toBe(0.3784963463558112)
  expect(gamma(randomStream(1, 'g'), 0.5)).toBe(0.4710741835527388)
  expect(gamma(randomStream(1, 'g'), 3)).toBe(4.37385950952038)
})

test('every part of the key changes the stream', () => {
  const first = [
    randomStream(1, 'a', 0, 0),
    randomStream(2, 'a', 0, 0),
    randomStream(1, 'b', 0, 0),
    randomStream(1, 'a', 1, 0),
    randomStream(1, 'a', 0, 1),
    randomStream(1, 'a'),
  ].map((random) => random())
  expect(new Set(first).size).toBe(first.length)
})

test('uniform numbers spread evenly: chi-squared over 64 bins stays below its 99.99th percentile', () => {
  const random = randomStream(7, 'uniform')
  const bins = new Array<number>(64).fill(0)
  const draws = 64_000
  for (let i = 0; i < draws; i++) {
    const bin = integer(random, 64)
    bins[bin] = (bins[bin] as number) + 1
  }
  const expected = draws / bins.length
  const chi = bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
  expect(chi).toBeLessThan(114)
  expect(chi).toBeGreaterThan(26)
})

test('the first numbers of streams with similar keys are uncorrelated', () => {
  const firsts = Array.from({ length: 4000 }, (_, peer) => randomStream(1, 'x', peer, 0)() - 0.5)
  const product = firsts.slice(1).reduce((sum, value, i) => sum + value * (firsts[i] as number), 0) / 3999
  // Four standard errors of a product of two independent uniforms.
  expect(Math.abs(product)).toBeLessThan((4 * (1 / 12)) / Math.sqrt(3999))
})

test('a permutation holds every number once', () => {
  const order = permutation(randomStream(3, 'p'), 100)
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test('normal numbers have mean 0, variance 1 and kurtosis 3; mean and variance of gamma numbers equal the shape', () => {
  const count = 20_000
  const moment = (values: readonly number[], power: number, centre: number) =>
    values.reduce((sum, value) => sum + (value - centre) ** power, 0) / values.length
  const random = randomStream(5, 'moments')
  const normals = Array.from({ length: count }, () => normal(random))
  expect(Math.abs(moment(normals, 1, 0))).toBeLessThan(0.03)
  expect(Math.abs(moment(normals, 2, 0) - 1)).toBeLessThan(0.04)
  expect(Math.abs(moment(normals, 4, 0) - 3)).toBeLessThan(0.3)
  for (const shape of [0.3, 1, 4]) {
    const values = Array.from({ length: count }, () => gamma(random, shape))
    expect(Math.abs(moment(values, 1, 0) - shape)).toBeLessThan(5 * Math.sqrt(shape / count))
    expect(Math.abs(moment(values, 2, shape) / shape - 1)).toBeLessThan(0.15)
  }
})

test('logarithm, exponential and cosine agree with those of Math to 1e-15', () => {
  const random = randomStream(9, 'accuracy')
  let worst = 0
  for (let i = 0; i < 5000; i++) {
    const x = random() * 2 ** (integer(random, 120) - 60)
    worst = Math.max(worst, Math.abs(logarithm(x) / Math.log(x) - 1))
    const nearOne = 1 - random() / 1000
    worst = Math.max(worst, Math.abs(logarithm(nearOne) / Math.log(nearOne) - 1))
    const y = random() * 1400 - 700
    worst = Math.max(worst, Math.abs(exponential(y) / Math.exp(y) - 1))
    const u = random()
    worst = Math.max(worst, Math.abs(cosineOfTurn(u) - Math.cos(2 * Math.PI * u)))
  }
  expect(worst).toBeLessThan(1e-15)
})

test('logarithm, exponential and cosine are exact at their landmarks', () => {
  expect(logarithm(1)).toBe(0)
  expect(logarithm(0)).toBe(-Infinity)
  expect(logarithm(-1)).toBeNaN()
  expect(exponential(0)).toBe(1)
  expect(exponential(-1000)).toBe(0)
  expect(exponential(1000)).toBe(Infinity)
  expect(exponential(709)).toBeCloseTo(Math.exp(709), -294)
  expect([0, 0.25, 0.5, 0.75].map(cosineOfTurn).map((value) => value + 0)).toEqual([1, 0, -1, 0])
})
