import { expect, test } from 'vitest'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { describeRule, type RuleUnderTest } from './rule.ts'

/*
 * Bounds. Published: Allouah et al. 2023, https://arxiv.org/abs/2302.01772, Table 1 and Lemma 1 (nnm). Krum there
 * counts n - f neighbours, itself included. The same proof with n - f - 2 others: the chosen score is at most the
 * honest average, <= 2 (n - f) V summed over its neighbours, of which n - 2f - 1 at least are honest or itself, so
 * kappa = 6 (n - f) / (n - 2f - 1). Multi-Krum: the worst of n - f chosen scores is at most the worst honest one,
 * (n - f)(n - f + 1) V. Around the median, and Bulyan: the median of a set with an honest majority lies in the honest
 * range of each coordinate, at most M_k = max |x_ik - mean_k| from the mean, and as many honest values as are kept lie
 * within 2 M_k of it, so no kept value is further than 3 M_k from the mean; M_k^2 is at most the sum: kappa = 9 (n - f).
 * Geometric median: Table 1, for the exact one, which 300 steps with a small nu come close to. Smallest diameter: the
 * chosen share n - 2f with the honest, and each of the f others is within two honest diameters of any honest vector it
 * stands for; a diameter^2 is at most 2 (n - f) V: kappa = (2 f / (n - f))^2 2 (n - f). MoNNA: the same, with the
 * greatest honest distance to the own vector for the diameter. SMEA: the mean of chosen and honest ones is within
 * sqrt(lambda f / (n - 2f)) of either mean, and lambda of the chosen is at most that of the honest, itself at most V:
 * kappa = 4 f / (n - 2f).
 */
const ratio = (n: number, f: number) => f / (n - 2 * f)
const ofKrum = (n: number, f: number) => (6 * (n - f)) / (n - 2 * f - 1)
const ofWiderKrum = (n: number, f: number) => 6 * (1 + ratio(n, f))
const ofMultiKrum = (n: number, f: number) => (2 * (n - f) * (n - f + 2)) / (n - 2 * f - 1)
const ofTrimmedMean = (n: number, f: number) => 6 * ratio(n, f) * (1 + ratio(n, f))
const ofMedian = (n: number, f: number) => 4 * (1 + ratio(n, f)) ** 2
const aroundMedian = (n: number, f: number) => 9 * (n - f)
const ofDiameter = (n: number, f: number) => (8 * f * f) / (n - f)
const ofSmea = (n: number, f: number) => 4 * ratio(n, f)
const behindNnm = (kappa: (n: number, f: number) => number) => (n: number, f: number) =>
  ((8 * f) / (n - f)) * (1 + kappa(n, f))

const oneNeighbour = {
  permutation: 'its last turns count one neighbour, where two nearest to each other always tie: the lowest index wins',
}

const norms = 'norms are measured from the origin'
const radius = 'a fixed radius does not grow with the vectors'

const subjects: RuleUnderTest[] = [
  { title: 'average', config: () => ({ name: 'average' }) },
  { title: 'median', config: () => ({ name: 'median' }), kappa: ofMedian },
  { title: 'trimmed-mean', config: (f) => ({ name: 'trimmed-mean', f }), kappa: ofTrimmedMean },
  ...(['n-2f', 'n-f-1'] as const).map((keep) => ({
    title: `trimmed-mean around the median, keeping ${keep}`,
    config: (f: number) => ({ name: 'trimmed-mean', f, variant: 'around-median', keep }),
    kappa: aroundMedian,
  })),
  { title: 'krum', config: (f) => ({ name: 'krum', f }), kappa: ofKrum },
  { title: 'krum n-f-1', config: (f) => ({ name: 'krum', f, neighbours: 'n-f-1' }), kappa: ofWiderKrum },
  { title: "krum of the LIE authors' code", config: (f) => ({ name: 'krum', f, neighbours: 'n-f', squared: false }) },
  { title: 'multi-krum', config: (f) => ({ name: 'multi-krum', f }), kappa: ofMultiKrum },
  { title: 'multi-krum of three', config: (f) => ({ name: 'multi-krum', f, select: 3 }), kappa: ofMultiKrum },
  { title: 'bulyan', config: (f) => ({ name: 'bulyan', f }), exceptions: oneNeighbour, kappa: aroundMedian },
  {
    title: "bulyan of the LIE authors' code",
    config: (f) => ({ name: 'bulyan', f, variant: 'lie-authors' }),
    kappa: aroundMedian,
  },
  {
    title: 'centered-clipping',
    config: () => ({ name: 'centered-clipping', tau: 100, iterations: 3 }),
    exceptions: { scale: 'tau is a fixed radius' },
  },
  { title: 'mean-around-median', config: (f) => ({ name: 'mean-around-median', f }), kappa: aroundMedian },
  {
    title: 'geometric-median',
    config: () => ({ name: 'geometric-median' }),
    exceptions: { scale: 'nu is a fixed distance' },
  },
  {
    title: 'geometric-median from zero',
    config: () => ({ name: 'geometric-median', start: 'zero', nu: 0.1 }),
    exceptions: { scale: 'nu is a fixed distance', translation: 'zero stays where it is' },
  },
  {
    title: 'geometric-median after 300 steps',
    config: () => ({ name: 'geometric-median', iterations: 300 }),
    exceptions: { scale: 'nu is a fixed distance' },
    kappa: ofMedian,
  },
  {
    title: 'mda',
    config: (f) => ({ name: 'mda', f }),
    exceptions: { permutation: 'subsets with one longest pair have the same diameter: the first wins' },
    kappa: ofDiameter,
  },
  { title: 'monna', config: (f) => ({ name: 'monna', f }), kappa: ofDiameter },
  { title: 'caf', config: (f) => ({ name: 'caf', f }) },
  { title: 'smea', config: (f) => ({ name: 'smea', f }), kappa: ofSmea },
  { title: 'cge', config: (f) => ({ name: 'cge', f }), exceptions: { translation: norms } },
  { title: 'dnc', config: (f) => ({ name: 'dnc', f }) },
  { title: 'dnc on samples', config: (f) => ({ name: 'dnc', f, iterations: 3, sample: 2, filter: 0.5 }) },
  {
    title: 'signguard',
    config: () => ({ name: 'signguard', coordinates: 1 }),
    exceptions: { translation: norms, permutation: 'of clusters of one size the first wins' },
  },
  { title: 'faba', config: (f) => ({ name: 'faba', f }) },
  { title: 'ios', config: (f) => ({ name: 'ios', f }) },
  {
    title: 'clipped-gossip',
    config: () => ({ name: 'clipped-gossip', radius: 100 }),
    exceptions: { scale: radius },
  },
  ...(['adaptive', 'adaptive-strict', 'second-largest'] as const).map((variant) => ({
    title: `clipped-gossip ${variant}`,
    config: (f: number) => ({ name: 'clipped-gossip', radius: variant, f }),
  })),
  { title: 'cs-plus', config: (f) => ({ name: 'cs-plus', f }) },
  { title: 'gts', config: (f) => ({ name: 'gts', f }) },
  { title: 'balance', config: () => ({ name: 'balance', gamma: 1 }), exceptions: { translation: norms } },
  { title: 'ubar', config: () => ({ name: 'ubar' }) },
  {
    title: 'sketchguard',
    config: () => ({ name: 'sketchguard', sketchSize: 2, gamma: 1 }),
    exceptions: { translation: norms },
  },
  { title: 'wfagg', config: (f) => ({ name: 'wfagg', f }), exceptions: { translation: norms } },
  { title: 'bridge', config: (f) => ({ name: 'bridge', f }) },
  {
    title: 'bucketing + median',
    config: () => ({ name: 'median', before: [{ name: 'bucketing' }] }),
    exceptions: { permutation: 'buckets are made of places' },
  },
  {
    title: 'clipping + average',
    config: () => ({ name: 'average', before: [{ name: 'clipping', radius: 100 }] }),
    exceptions: { scale: radius, translation: norms, unanimity: 'a common vector is shortened too' },
  },
  {
    title: 'arc + nnm + trimmed-mean',
    config: (f) => ({
      name: 'trimmed-mean',
      f,
      before: [
        { name: 'arc', f },
        { name: 'nnm', f },
      ],
    }),
    exceptions: { translation: norms },
  },
  {
    title: 'nnm + trimmed-mean',
    config: (f) => ({ name: 'trimmed-mean', f, before: [{ name: 'nnm', f }] }),
    kappa: behindNnm(ofTrimmedMean),
  },
  {
    title: 'nnm + median',
    config: (f) => ({ name: 'median', before: [{ name: 'nnm', f }] }),
    kappa: behindNnm(ofMedian),
  },
  {
    title: 'nnm + krum',
    config: (f) => ({ name: 'krum', f, neighbours: 'n-f-1', before: [{ name: 'nnm', f }] }),
    exceptions: {
      permutation: 'mixing makes equal vectors, and two groups of equals tie: the lowest index wins',
      translation: 'the same ties: what rounding does to a shifted group decides between them',
    },
    kappa: behindNnm(ofWiderKrum),
  },
]

test('every rule and pre-aggregator of the registry stands in the table', () => {
  const configs = subjects.map(({ config }) => config(1))
  const names = configs.flatMap(({ name, before = [] }) => [name, ...before.map((stage) => stage.name)])
  expect([...new Set(names)].sort()).toEqual([...rules, ...preAggregators].map(({ name }) => name).sort())
})

for (const subject of subjects) describeRule(subject)
