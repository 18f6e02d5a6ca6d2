import { kernels, workIn } from '#aggregation/kernels/kernels.ts'
import { configurePipeline, configurePreAggregation, type MethodConfig } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import type { AggregationInput } from '#aggregation/rule.ts'
import { randomStream } from '#learning/random.ts'
import { createSharedVectors } from '#node/compute/shared-vectors.ts'
import { interleaved, type Subject, type Timing } from './interleaved.ts'

/** Size of one aggregation: n vectors of length d, f of them tolerated. */
export interface Shape {
  readonly n: number
  readonly d: number
  readonly f: number
}

/** The MNIST network of the LIE paper in its parameter server, and a network of a million parameters at 51 peers. */
export const shapes: readonly Shape[] = [
  { n: 25, d: 79_510, f: 5 },
  { n: 51, d: 1_000_000, f: 12 },
]

/** Rounds for each requested one: small aggregations are short, and their first runs include compilation. */
export function repeats({ n, d }: Shape): number {
  return n * d < 1e7 ? 10 : 1
}

/** The timings of one shape: reading all inputs once, and each method. */
export interface ShapeTimings extends Shape {
  readonly readMs: number
  readonly methods: readonly Timing[]
}

/**
 * Times every rule and pre-aggregator of the registry, with default parameters, on one thread. The inputs and the
 * outputs of rules are in shared memory, as in a compute worker.
 */
export async function benchAggregation(
  shape: Shape,
  rounds: number,
  watch: (name: string, round: number) => void,
): Promise<ShapeTimings> {
  const input = benchInput(shape, true)
  const read: Subject = { name: 'read', run: () => readOnce(input.vectors) }
  const [first, ...methods] = await interleaved([read, ...aggregationSubjects(shape, input)], rounds, 2000, watch)
  return { ...shape, readMs: first && 'ms' in first ? first.ms : Number.NaN, methods }
}

/** Every rule, then every pre-aggregator alone. A method that refuses n and f has the reason as `refusal`. */
export function aggregationSubjects(shape: Shape, input: AggregationInput): Subject[] {
  const { n, f } = shape
  const config = ({ name, config }: { name: string; config: { shape: object } }): MethodConfig =>
    'f' in config.shape ? { name, f } : { name }
  return [
    ...rules.map((rule) =>
      subject(rule.name, () => {
        const { aggregate } = configurePipeline(config(rule), n)
        return () => {
          target = room
          return aggregate({ ...input, random: randomStream(1, 'bench') })
        }
      }),
    ),
    ...preAggregators.map((stage) =>
      subject(`${stage.name} (before)`, () => {
        const { transform } = configurePreAggregation([config(stage)], n)
        return () => kernels().passing(() => transform({ ...input, random: randomStream(1, 'bench') }))
      }),
    ),
  ]
}

function subject(name: string, configure: () => () => unknown): Subject {
  try {
    return { name, run: configure() }
  } catch (error) {
    return { name, refusal: error instanceof Error ? error.message : String(error) }
  }
}

/** The output vector for the next rule, and the shared one that each call gets, as in a compute worker. */
let target: Float32Array | undefined
let room: Float32Array | undefined

/**
 * The input of a rule: n vectors of uniform numbers in [-0.5, 0.5) without a byte of 255 (see `readOnce`). With
 * `shared` they are in memory in which the kernels of this thread then work; otherwise kernels copy them.
 */
export function benchInput({ n, d }: Shape, shared: boolean): AggregationInput {
  const random = randomStream(1, 'bench')
  const { memory, allocate } = shared
    ? createSharedVectors()
    : { allocate: (length: number) => new Float32Array(length) }
  room = memory && allocate(d)
  if (memory)
    workIn(memory, (length) => {
      const output = target?.length === length ? target : new Float32Array(length)
      target = undefined
      return output
    })
  const vectors = Array.from({ length: n }, () => {
    const vector = allocate(d)
    for (let k = 0; k < d; k++) vector[k] = random() - 0.5
    const words = new Uint32Array(vector.buffer, vector.byteOffset, d)
    for (let k = 0; k < d; k++) words[k] = ((words[k] as number) & 0xfffefefe) >>> 0
    return vector
  })
  const each = vectors.map(() => 1 / n)
  return { vectors, own: 0, weights: each, losses: each, round: 0, rounds: 1 }
}

/** Reads every byte once at memory speed, by a search for a byte that does not occur. */
export function readOnce(vectors: readonly Float32Array[]): void {
  for (const { buffer, byteOffset, byteLength } of vectors) {
    if (Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).includes(0xff))
      throw new RangeError('the benchmark reads vectors without a byte of 255')
  }
}
