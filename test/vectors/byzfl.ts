import golden from './byzfl.json' with { type: 'json' }

/** One golden computation in our words: what `hearsay aggregate` or `craft` is asked, and what ByzFL answered. */
export interface GoldenRequest<R> {
  readonly title: string
  readonly request: R
  /** ByzFL's numbers; undefined where it raised an error. */
  readonly output: Rows | undefined
  /** Some input is not finite: such a vector never reaches a rule here. */
  readonly nonFinite: boolean
}
type Numbers = readonly (number | string)[]
type Rows = Numbers | readonly Numbers[]
interface Method {
  readonly name: string
  readonly [parameter: string]: unknown
}
export interface AggregateRequest {
  readonly rule: Method | null
  readonly before: readonly Method[]
  readonly inputs: readonly Numbers[]
  readonly own?: number
  readonly state?: Numbers
}
export interface CraftRequest {
  readonly attack: Method
  readonly aggregation?: Method
  readonly before?: readonly Method[]
  readonly honest: readonly Numbers[]
  readonly n: number
  readonly m: number
}
interface Entry {
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
  readonly output?: Rows
  /** Optimised attacks: the factors that were tried and their gains. */
  readonly trace?: readonly (readonly [number, number])[]
}
interface Composition {
  readonly pre: readonly string[]
  readonly aggregator: string
  readonly f: number
  readonly output?: Rows
}
interface Case {
  readonly id: string
  readonly n: number
  readonly f: number
  readonly nHonest: number
  readonly inputs: readonly Numbers[]
  readonly aggregators: readonly Entry[]
  readonly pre_aggregators: readonly Entry[]
  readonly attacks: readonly Entry[]
  readonly compositions: readonly Composition[]
}
const cases = golden.cases as unknown as readonly Case[]

/**
 * Golden names that Hearsay does not compare, a name in neither this list nor a table being an error: Inf is refused on
 * arrival, Gaussian's numbers are numpy's draws, LabelFlipping is a mean of gradients that were computed elsewhere.
 */
export const leftOut = ['Inf', 'Gaussian', 'LabelFlipping']

/**
 * Entries of ByzFL's one power iteration from a random start, which is no function of the inputs; ours takes the exact
 * eigenvector and is held to the entries marked `exact` beside them.
 */
const onePowerIteration = ({ params }: Entry) => params.powerIterations === 1

const rules: Record<string, (params: Entry['params']) => Method> = {
  Average: () => ({ name: 'average' }),
  Median: () => ({ name: 'median' }),
  TrMean: ({ f }) => ({ name: 'trimmed-mean', f }),
  Krum: ({ f }) => ({ name: 'krum', f, neighbours: 'n-f-1' }),
  MultiKrum: ({ f }) => ({ name: 'multi-krum', f, neighbours: 'n-f-1' }),
  CenteredClipping: ({ m, L, tau }) => ({ name: 'centered-clipping', tau, iterations: L, start: m ?? 'zero' }),
  GeometricMedian: ({ nu, T }) => ({ name: 'geometric-median', nu, iterations: T, start: 'zero' }),
  'GeometricMedian(nu=0.1,T=3)': () => ({ name: 'geometric-median', nu: 0.1, iterations: 3, start: 'zero' }),
  MDA: ({ f }) => ({ name: 'mda', f }),
  MoNNA: ({ f }) => ({ name: 'monna', f }),
  Meamed: ({ f }) => ({ name: 'mean-around-median', f }),
  CAF: ({ f }) => ({ name: 'caf', f }),
  SMEA: ({ f }) => ({ name: 'smea', f }),
}
const preAggregators: Record<string, (params: Entry['params']) => Method> = {
  NNM: ({ f }) => ({ name: 'nnm', f }),
  Bucketing: ({ s, permutation }) => ({ name: 'bucketing', size: s, permutation }),
  Clipping: ({ c }) => ({ name: 'clipping', radius: c }),
  'Clipping(c=2.0)': () => ({ name: 'clipping', radius: 2 }),
  ARC: ({ f }) => ({ name: 'arc', f }),
}
const attacks: Record<string, (params: Entry['params']) => Method> = {
  SignFlipping: () => ({ name: 'sign-flip' }),
  InnerProductManipulation: ({ tau }) => ({ name: 'inner-product-manipulation', tau }),
  ALittleIsEnough: ({ tau }) => ({ name: 'little-is-enough', z: tau, sign: 1, ddof: 1, knowledge: 'omniscient' }),
  Optimal_ALittleIsEnough: (params) => ({
    name: 'little-is-enough',
    z: 'optimised',
    sign: 1,
    ddof: 1,
    knowledge: 'omniscient',
    search: searchOf(params),
  }),
  Optimal_InnerProductManipulation: (params) => ({
    name: 'inner-product-manipulation',
    tau: 'optimised',
    search: searchOf(params),
  }),
  Mimic: ({ epsilon }) => ({ name: 'mimic', target: epsilon, knowledge: 'omniscient' }),
}

function searchOf({ evals, start, delta, ratio }: Entry['params']) {
  return { evaluations: evals, start, delta, ratio }
}

/** The table's entry for a golden name; undefined where Hearsay has none and says so. */
function mapped(table: Record<string, (params: Entry['params']) => Method>, name: string) {
  const make = table[name]
  if (!make && !leftOut.includes(name)) throw new Error(`no mapping for golden ${name}`)
  return make
}

export function goldenAggregations(): GoldenRequest<AggregateRequest>[] {
  return cases.flatMap(({ id, inputs, aggregators, pre_aggregators, compositions }) => {
    const nonFinite = inputs.flat().some((value) => typeof value === 'string')
    const entry = (name: string, request: Omit<AggregateRequest, 'inputs'>, output: Rows | undefined) => ({
      title: `${id}: ${name} ${JSON.stringify(request.rule ?? request.before)}`,
      request: { ...request, inputs },
      output,
      nonFinite,
    })
    const single = aggregators.flatMap((found) => {
      const { name, params, output } = found
      if (onePowerIteration(found)) return []
      if (name === 'CenteredClipping(second call)') {
        const same = (other: Entry) =>
          other.name === 'CenteredClipping' && JSON.stringify(other.params) === JSON.stringify(params)
        const state = aggregators.find(same)?.output as Numbers
        return [
          entry(
            name,
            { rule: (rules.CenteredClipping as (p: Entry['params']) => Method)(params), before: [], state },
            output,
          ),
        ]
      }
      const rule = mapped(rules, name)
      const own = typeof params.idx === 'number' ? { own: params.idx } : {}
      return rule ? [entry(name, { rule: rule(params), before: [], ...own }, output)] : []
    })
    const pre = pre_aggregators.flatMap(({ name, params, output }) => {
      const stage = mapped(preAggregators, name)
      return stage ? [entry(name, { rule: null, before: [stage(params)] }, output)] : []
    })
    const composed = compositions.flatMap(({ pre: names, aggregator, f, output }) => {
      const stages = names.map((name) => mapped(preAggregators, name))
      const rule = mapped(rules, aggregator)
      if (!rule || stages.some((stage) => !stage)) return []
      const before = stages.flatMap((stage) => (stage ? [stage({ f })] : []))
      return [entry(`${names.join(' + ')} + ${aggregator}`, { rule: rule({ f }), before }, output)]
    })
    return [...single, ...pre, ...composed]
  })
}

/** An attack's computation and, for optimised attacks, the trace of its search. */
export interface GoldenCraft extends GoldenRequest<CraftRequest> {
  readonly trace: readonly (readonly [number, number])[] | undefined
}

export function goldenAttacks(): GoldenCraft[] {
  return cases.flatMap(({ id, n, f, nHonest, inputs, attacks: entries }) =>
    entries.flatMap(({ name, params, output, trace }) => {
      const attack = mapped(attacks, name)
      if (!attack) return []
      const request = {
        attack: attack(params),
        honest: inputs.slice(0, nHonest),
        n,
        m: f,
        ...(typeof params.agg === 'string' ? pipelineOf(params.agg, params.pre_agg_list as string[], f) : {}),
      }
      const nonFinite = request.honest.flat().some((value) => typeof value === 'string')
      return [{ title: `${id}: ${name} ${JSON.stringify(params)}`, request, output, nonFinite, trace }]
    }),
  )
}

/** The pipeline that an optimised attack was searched against. */
function pipelineOf(aggregator: string, pre: readonly string[], f: number) {
  const aggregation = mapped(rules, aggregator)?.({ f }) as Method
  return { aggregation, before: pre.map((name) => mapped(preAggregators, name)?.({ f }) as Method) }
}

/** The greatest |ours - golden| in units of 1e-5 |golden|; at most 1 is agreement. */
export function disagreement(ours: ArrayLike<number>, expected: Numbers): number {
  if (ours.length !== expected.length) return Number.POSITIVE_INFINITY
  return Math.max(
    ...expected.map((value, k) => {
      const difference = Math.abs((ours[k] as number) - (value as number))
      return difference === 0 ? 0 : difference / (1e-5 * Math.abs(value as number))
    }),
  )
}
