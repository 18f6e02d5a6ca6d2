import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { EngineReport } from '#learning/engines/engine.ts'
import type { EngineCandidate } from '#learning/engines/open-engine.ts'
import { type Engine, openWorkspace } from '#learning/engines/open-workspace.ts'
import { selfTest } from '#learning/engines/self-test.ts'
import { initialise } from '#learning/models/initialise.ts'
import type { Model } from '#learning/models/model.ts'
import { buildModel } from '#learning/models/registry.ts'
import { integer, randomStream } from '#learning/random.ts'
import { interleaved, type Subject, type Timing } from './interleaved.ts'

type ModelName = Parameters<typeof buildModel>[0]

/** Steps at a batch size, or an evaluation of all test images. */
export interface TrainingTask {
  readonly model: ModelName
  /** Undefined for an evaluation. */
  readonly batchSize?: number
  /** Steps that are timed together. */
  readonly steps: number
  /** Rounds for each requested one: short tasks need more to run undisturbed once. */
  readonly repeats: number
}

export const evaluatedImages = 10_000

export const trainingTasks: readonly TrainingTask[] = [
  ...[32, 64, 128].map((batchSize) => ({ model: 'softmax-regression' as const, batchSize, steps: 40, repeats: 10 })),
  ...[32, 64, 128].map((batchSize) => ({ model: 'mlp' as const, batchSize, steps: 40, repeats: 10 })),
  { model: 'mlp', steps: 1, repeats: 4 },
  ...[32, 128].map((batchSize) => ({ model: 'cnn' as const, batchSize, steps: 1, repeats: 4 })),
  { model: 'resnet20', batchSize: 32, steps: 1, repeats: 1 },
]

/** The timings of a task. */
export interface TaskTimings {
  readonly model: ModelName
  readonly parameters: number
  /** Batch size of a step; undefined for an evaluation of `evaluatedImages`. */
  readonly batchSize?: number
  /** Milliseconds of one step, or of the evaluation, by engine. */
  readonly engines: readonly Timing[]
}

/** Times tasks on every available engine, with one thread each; a GPU has its own threads. */
export async function benchTraining(
  candidates: readonly EngineCandidate[],
  rounds: number,
  watch: (task: string, engine: string, round: number) => void,
  tasks: readonly TrainingTask[] = trainingTasks,
): Promise<{ readonly engines: (EngineReport | Refused)[]; readonly tasks: TaskTimings[] }> {
  const opened: (Engine | Refused)[] = []
  // In turn, because TensorFlow.js starts one backend at a time.
  for (const candidate of candidates) opened.push(await open(candidate))
  const timings: TaskTimings[] = []
  for (const task of tasks) {
    const { model, batchSize } = task
    const subject = subjectOf(model)
    const subjects: Subject[] = []
    for (const engine of opened) {
      if ('refusal' in engine) continue
      const name = engine.report.engine
      if (name === 'tfjs-cpu' && subject.model.layers.some(({ kind }) => kind === 'convolution')) {
        subjects.push({ name, refusal: 'too slow for convolutions; it is the reference of the tests' })
      } else {
        watch(describeTask(task), name, -1)
        const run = await createTask(engine, task)
        // Compiles shaders and machine code before the timing.
        await run(1)
        subjects.push({ name, run: () => run(task.steps) })
      }
    }
    const timed = await interleaved(subjects, rounds * task.repeats, 300, (name, round) =>
      watch(describeTask(task), name, round),
    )
    timings.push({
      model,
      parameters: subject.model.parameterCount,
      ...(batchSize === undefined ? {} : { batchSize }),
      engines: timed.map((timing) => ('ms' in timing ? { ...timing, ms: timing.ms / task.steps } : timing)),
    })
  }
  return { engines: opened.map((engine) => ('refusal' in engine ? engine : engine.report)), tasks: timings }
}

/** An engine that is not available here. */
interface Refused {
  readonly engine: EngineReport['engine']
  readonly refusal: string
}

async function open(candidate: EngineCandidate): Promise<Engine | Refused> {
  try {
    const engine = await candidate.open({ software: false })
    await selfTest(engine)
    return engine
  } catch (error) {
    return { engine: candidate.engine, refusal: error instanceof Error ? error.message : String(error) }
  }
}

export function describeTask({ model, batchSize }: Pick<TrainingTask, 'model' | 'batchSize'>): string {
  return batchSize === undefined
    ? `${model}, evaluation of ${evaluatedImages} images`
    : `${model}, a step at batch ${batchSize}`
}

/** A function that runs a number of steps of a task on an engine, or one evaluation. */
export async function createTask(engine: Engine, { model, batchSize }: TrainingTask) {
  const subject = subjectOf(model)
  await useBackend(engine)
  const workspace = await openWorkspace(engine, subject)
  const random = randomStream(1, 'batches')
  const parameters = initialise(subject.model, randomStream(1, 'initial'))
  const momentum = new Float32Array(parameters.length)
  return async (steps: number): Promise<void> => {
    await useBackend(engine)
    if (batchSize === undefined) {
      await workspace.evaluate(parameters)
      return
    }
    const draw = () => Uint32Array.from({ length: batchSize }, () => integer(random, subject.dataset.train.count))
    const batches = Array.from({ length: steps }, draw)
    await workspace.descend(parameters, momentum, batches, { learningRate: 0.01, beta: 0.9, dampening: 0 })
  }
}

/** Selects the backend of an engine: TensorFlow.js has one for the whole thread at a time. */
async function useBackend(engine: Engine): Promise<void> {
  if (!('tf' in engine)) return
  const tf = engine.tf as unknown as { setBackend(name: string): Promise<boolean> }
  await tf.setBackend(engine.report.engine.replace('tfjs-', ''))
}

const subjects = new Map<ModelName, { readonly model: Model; readonly dataset: Dataset }>()

/** A model and random images of its size; without a uniform background, which would favour some engines. */
export function subjectOf(name: ModelName) {
  const known = subjects.get(name)
  if (known) return known
  const coloured = name === 'cnn' || name === 'resnet20'
  const dataset = coloured ? randomImages(1000, [32, 32, 3]) : randomImages(evaluatedImages, [28, 28, 1])
  const subject = { model: buildModel(name, coloured ? 3072 : 784, 10), dataset }
  subjects.set(name, subject)
  return subject
}

function randomImages(count: number, shape: LabelledImages['shape']): Dataset {
  const random = randomStream(1, 'benchmark')
  const part = {
    count,
    shape,
    images: Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, () => integer(random, 256)),
    labels: Uint8Array.from({ length: count }, () => integer(random, 10)),
  }
  return { name: 'random', classes: 10, normalisation: { mean: 0.1307, deviation: 0.3081 }, train: part, test: part }
}
