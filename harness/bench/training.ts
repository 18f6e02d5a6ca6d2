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
  /** Left out for an evaluation. */
  readonly batchSize?: number
  /** How many steps are timed together. */
  readonly steps: number
  /** How many rounds stand for one: what is soon over has a chance to run undisturbed. */
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

/** What a task cost. */
export interface TaskTimings {
  readonly model: ModelName
  readonly parameters: number
  /** Of a step; left out for an evaluation of `evaluatedImages`. */
  readonly batchSize?: number
  /** Milliseconds of one step, or of the evaluation, by engine. */
  readonly engines: readonly Timing[]
}

/** Times tasks on every engine that runs here, one thread each (a graphics device has its own). */
export async function benchTraining(
  candidates: readonly EngineCandidate[],
  rounds: number,
  watch: (task: string, engine: string, round: number) => void,
  tasks: readonly TrainingTask[] = trainingTasks,
): Promise<{ readonly engines: (EngineReport | Refused)[]; readonly tasks: TaskTimings[] }> {
  const opened: (Engine | Refused)[] = []
  // One after the other: TensorFlow.js starts one backend at a time.
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
        subjects.push({ name, refusal: 'too slow for convolutions: the oracle of the tests' })
      } else {
        watch(describeTask(task), name, -1)
        const run = await createTask(engine, task)
        // Shaders and machine code are compiled before the clock runs.
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

/** An engine that does not run here. */
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

/** A function that takes so many steps of a task on an engine, or evaluates once. */
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

/** TensorFlow.js has one backend at a time for all of a thread. */
async function useBackend(engine: Engine): Promise<void> {
  if (!('tf' in engine)) return
  const tf = engine.tf as unknown as { setBackend(name: string): Promise<boolean> }
  await tf.setBackend(engine.report.engine.replace('tfjs-', ''))
}

const subjects = new Map<ModelName, { readonly model: Model; readonly dataset: Dataset }>()

/** A model and images of its size; dense, so that nobody profits from a background of one colour. */
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
