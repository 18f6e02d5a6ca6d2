import type { LabelledImages } from '../datasets/dataset.ts'
import { requireViews } from '../training/augmentation.ts'
import { flippedLabel, normalisationTable } from '../training/examples.ts'
import { type Poison, requirePoison, stampImages } from '../training/poison.ts'
import { probedExamples } from '../training/probe.ts'
import { type EngineReport, type PartScore, scoreOf, type Workspace } from './engine.ts'
import { createArena } from './kernels/arena.ts'
import { chooseKernels, instantiateKernels } from './kernels/kernels.ts'
import type { KernelPlatform } from './kernels/tile.ts'
import type { EngineCandidate } from './open-engine.ts'
import type { WorkspaceSubject } from './open-workspace.ts'
import { twoTerms } from './two-terms.ts'
import { planNetwork, rowsOfPass } from './wasm-network.ts'

const none = new Uint32Array()

/** A part of the data set in the arena. */
interface ResidentPart {
  readonly source: LabelledImages
  readonly images: number
  readonly labels: number
}

/** A workspace with all of its memory in one arena, which is laid out once. */
export interface WasmWorkspace extends Workspace {
  readonly memory: WebAssembly.Memory
}

/**
 * A workspace on our WebAssembly kernels. One memory holds the data set, the network and the batches, and a step
 * allocates nothing. The bits of every result are the same in Node, in every browser and in every run, unless `module`
 * is another build of the kernels.
 * Choices: computes the step m = beta m + (1 - dampening) g in float32, each operation rounded.
 */
export function createWasmWorkspace(
  { model, dataset, allocate = (length) => new Float32Array(length) }: WorkspaceSubject,
  report: EngineReport = { engine: 'wasm', hardware: false },
  module?: WebAssembly.Module,
): WasmWorkspace {
  const [height, width, channels] = dataset.train.shape
  const pixels = height * width * channels
  const arena = createArena()
  const kernels = instantiateKernels(arena.memory, module)
  const d = model.parameterCount
  // Splits a longer batch into passes and adds their gradients.
  const capacity = rowsOfPass(model, dataset)
  const network = planNetwork(model, dataset, { arena, kernels, capacity })
  const momentum = arena.reserve(4 * d)
  const table = arena.reserve(4 * 256)
  const intensities = normalisationTable(dataset)
  const terms = twoTerms(intensities, dataset.normalisation)
  const affine = terms ? arena.reserve(4 * terms.length) : 0
  const indices = arena.reserve(4 * capacity)
  const labels = arena.reserve(capacity)
  const viewed = arena.reserve(4 * capacity)
  const correct = arena.reserve(4)
  const train = reserve(dataset.train)
  const test = reserve(dataset.test)
  arena.commit()
  network.prepare()
  const { buffer } = arena.memory
  const vectorAt = (offset: number) => new Float32Array(buffer, offset, d)
  const x = vectorAt(network.parameters)
  const m = vectorAt(momentum)
  const g = vectorAt(network.gradient)
  const chosen = new Uint32Array(buffer, indices, capacity)
  const shown = new Uint32Array(buffer, viewed, capacity)
  const wanted = new Uint8Array(buffer, labels, capacity)
  const inputs = new Float32Array(buffer, network.inputs, capacity * pixels)
  const correctCount = new Int32Array(buffer, correct, 1)
  const brightest = intensities[255] as number
  new Float32Array(buffer, table, 256).set(intensities)
  if (terms) new Float32Array(buffer, affine, terms.length).set(terms)
  fill(train)
  fill(test)

  function reserve(source: LabelledImages): ResidentPart {
    return { source, images: arena.reserve(source.images.length), labels: arena.reserve(source.labels.length) }
  }

  function fill({ source, images, labels }: ResidentPart): void {
    new Uint8Array(buffer, images, source.images.length).set(source.images)
    new Uint8Array(buffer, labels, source.labels.length).set(source.labels)
  }

  /** Copies rows `start` to `start + rows` of a batch to the inputs of the network, with flips, views and poison. */
  function gather(
    part: ResidentPart,
    batch: Uint32Array | undefined,
    start: number,
    rows: number,
    poison?: Poison,
    views?: Uint32Array,
  ): void {
    for (let i = 0; i < rows; i++) chosen[i] = batch ? (batch[start + i] as number) % flippedLabel : start + i
    if (views) {
      for (let i = 0; i < rows; i++) {
        shown[i] = views[start + i] as number
        wanted[i] = part.source.labels[chosen[i] as number] as number
      }
      kernels.gatherViews(part.images, height, width, channels, indices, viewed, rows, table, network.inputs)
    } else {
      kernels.gather(part.images, part.labels, pixels, indices, rows, table, affine, network.inputs, labels)
    }
    if (poison) {
      stampImages(inputs, rows, dataset.train.shape, poison.stamp, brightest)
      wanted.fill(poison.label, 0, rows)
      return
    }
    if (!batch) return
    for (let i = 0; i < rows; i++) {
      if ((batch[start + i] as number) >= flippedLabel) wanted[i] = model.classes - 1 - (wanted[i] as number)
    }
  }

  function handOut(vector: Float32Array): Float32Array {
    const copy = allocate(d)
    copy.set(vector)
    return copy
  }

  function load(parameters: Float32Array): void {
    if (parameters.length !== d) {
      throw new RangeError(`${model.name} has ${d} parameters, got ${parameters.length}`)
    }
    x.set(parameters)
  }

  function requireBatch(batch: Uint32Array, { count }: LabelledImages, purpose: string): void {
    if (batch.length === 0) throw new RangeError(`${purpose} needs at least one example`)
    for (let i = 0; i < batch.length; i++) {
      const index = (batch[i] as number) % flippedLabel
      if (index < count) continue
      throw new RangeError(`${dataset.name} has the examples 0 to ${count - 1} in this part, got ${index}`)
    }
  }

  /** Computes the mean gradient of a batch in the arena; returns the mean loss. */
  function backward(batch: Uint32Array, poison?: Poison, views?: Uint32Array): number {
    let loss = 0
    for (let start = 0; start < batch.length; start += capacity) {
      const rows = Math.min(capacity, batch.length - start)
      gather(train, batch, start, rows, poison, views)
      network.forward(rows, start > 0)
      loss += kernels.crossEntropySlope(network.logits, labels, rows, model.classes, 1 / batch.length)
      network.backward(rows, start > 0)
    }
    return loss / batch.length
  }

  /** Scores a batch of a part, or the whole part: its passes from `first` to before `end`. */
  function scorePasses(part: ResidentPart, batch?: Uint32Array, poison?: Poison, first = 0, end = Infinity): PartScore {
    const all = batch?.length ?? part.source.count
    if (batch) requireBatch(batch, part.source, 'an evaluation')
    else if (all === 0) throw new RangeError('an evaluation needs at least one example')
    const [from, to] = [first * capacity, Math.min(all, end * capacity)]
    const losses: number[] = []
    correctCount[0] = 0
    for (let start = from; start < to; start += capacity) {
      const rows = Math.min(capacity, to - start)
      gather(part, batch, start, rows, poison)
      network.forward(rows, start > from)
      losses.push(kernels.score(network.logits, labels, rows, model.classes, correct))
    }
    return { losses, correct: correctCount[0] as number, count: Math.max(0, to - from) }
  }

  return {
    report,
    memory: arena.memory,
    async descend(parameters, velocity, batches, descent, views) {
      const { learningRate, beta, dampening, weightDecay = 0, gradientClip } = descent
      for (let i = 0; i < batches.length; i++) {
        requireBatch(batches[i] as Uint32Array, dataset.train, 'a batch')
        if (views) requireViews(views[i] ?? none, batches[i] as Uint32Array)
      }
      if (velocity.length !== d) throw new RangeError(`momentum needs ${d} numbers, got ${velocity.length}`)
      load(parameters)
      m.set(velocity)
      let loss = 0
      for (let i = 0; i < batches.length; i++) {
        loss += backward(batches[i] as Uint32Array, undefined, views?.[i])
        if (gradientClip !== undefined) kernels.clipToNorm(network.gradient, d, gradientClip)
        if (weightDecay > 0) kernels.addDecay(network.gradient, network.parameters, d, weightDecay)
        kernels.applyDescent(network.parameters, momentum, network.gradient, d, learningRate, beta, 1 - dampening)
      }
      return {
        parameters: handOut(x),
        momentum: handOut(m),
        loss: loss / Math.max(1, batches.length),
        finite: kernels.allFinite(network.parameters, d) === 1,
      }
    },
    async gradient(parameters, batch, views, poison) {
      requireBatch(batch, dataset.train, 'a batch')
      if (poison) requirePoison(poison, dataset)
      if (views) requireViews(views, batch)
      load(parameters)
      const loss = backward(batch, poison, views)
      return { gradient: handOut(g), loss, finite: kernels.allFinite(network.gradient, d) === 1 }
    },
    async evaluate(parameters, batch) {
      load(parameters)
      return scoreOf([scorePasses(batch ? train : test, batch)])
    },
    async evaluatePart(parameters, part, parts) {
      load(parameters)
      const passes = Math.ceil(dataset.test.count / capacity)
      const edge = (i: number) => Math.floor((i * passes) / parts)
      return scorePasses(test, undefined, undefined, edge(part), edge(part + 1))
    },
    async probe(parameters, probe) {
      const { part, indices, poison } = probedExamples(dataset, probe)
      load(parameters)
      return scoreOf([scorePasses(part === 'test' ? test : train, indices, poison)]).accuracy
    },
    async close() {},
  }
}

/** Our engine, as a candidate for both shells. */
export function wasmEngine(platform?: KernelPlatform): EngineCandidate {
  return {
    engine: 'wasm',
    async open() {
      const report = { engine: 'wasm', hardware: false, tile: chooseKernels(platform) } as const
      return { report, createWorkspace: async (subject, own) => createWasmWorkspace(subject, own) }
    },
  }
}
