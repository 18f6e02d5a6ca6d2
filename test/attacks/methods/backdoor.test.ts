import { expect, test } from 'vitest'
import type { CraftContext, PoisonedDescent, Training } from '#attacks/attack.ts'
import { backdoor } from '#attacks/methods/backdoor.ts'
import { randomStream } from '#learning/random.ts'

const colluders = [Float32Array.of(1, 10, 4), Float32Array.of(3, 10, 0), Float32Array.of(5, 10, 2)]
const mean = [3, 10, 2]
const deviation = [Math.sqrt(8 / 3), 0, Math.sqrt(8 / 3)]
const context: CraftContext = { round: 2, n: 12, m: 3, victims: [], random: () => 0.5 }
const labels = Uint8Array.from({ length: 50 }, (_, i) => i % 5)

/** Training that records its request and moves every parameter by the same amount. */
function training(changes: Partial<Training> = {}, moved = 0) {
  const asked: PoisonedDescent[] = []
  const port: Training = {
    coalition: Uint32Array.from({ length: 30 }, (_, i) => 20 + i),
    labels,
    classes: 5,
    stream: (round) => randomStream(1, 'poison', -1, round),
    exchange: 'models',
    learningRate: 0.5,
    model: Float32Array.of(7, 7, 7),
    tensors: [2, 1],
    async descend(descent) {
      asked.push(descent)
      return { parameters: descent.start.map((value) => value + moved) }
    },
    ...changes,
  }
  return { asked, port: () => port }
}
const configured = (values: Record<string, unknown> = {}) =>
  backdoor.configure({ name: 'backdoor', images: 8, batchSize: 3, ...values })
async function asked(values: Record<string, unknown> = {}, changes: Partial<Training> = {}, round = 2) {
  const { port, asked: requests } = training(changes)
  await configured(values).train?.({ colluders }, { ...context, round }, port)
  return requests[0] as PoisonedDescent
}

test('sends the trained vector, clipped to z standard deviations around the mean', () => {
  const { output, z } = configured({ z: 0.5 }).craft(
    { colluders },
    { ...context, trained: Float32Array.of(3.1, 11, -9) },
  )
  expect(z).toBe(0.5)
  expect(output?.[0]).toBeCloseTo(3.1, 6)
  expect(output?.[1]).toBe(10)
  expect(output?.[2]).toBeCloseTo(2 - 0.5 * (deviation[2] as number), 6)
})

test('clips above the mean as below', () => {
  const { output } = configured({ z: 0.5 }).craft({ colluders }, { ...context, trained: Float32Array.of(99, 10, 99) })
  expect(output?.[0]).toBeCloseTo(3 + 0.5 * (deviation[0] as number), 6)
  expect(output?.[2]).toBeCloseTo(2 + 0.5 * (deviation[2] as number), 6)
})

test('z: paper is that of the experiment, and 0 if the formula gives less', () => {
  const trained = Float32Array.of(99, 99, 99)
  const few = configured({ z: 'paper' }).craft({ colluders }, { ...context, n: 8, m: 1, trained })
  expect(few.z).toBe(0)
  expect([...(few.output as Float32Array)]).toEqual(mean)
  const many = configured({ z: 'paper' }).craft({ colluders }, { ...context, n: 50, m: 24, trained })
  expect(many.z).toBeCloseTo(1.426, 3)
})

test('without a trained vector there is nothing to clip', () => {
  expect(() => configured().craft({ colluders }, context)).toThrow(
    'backdoor needs trained, the result of its training: 3 numbers, got none',
  )
})

test('models: training starts at the mean of the half-steps, and its result is sent unchanged', async () => {
  const { port, asked: requests } = training({}, 0.25)
  const trained = await configured().train?.({ colluders }, context, port)
  expect(requests[0]?.start).toEqual(Float32Array.from(mean))
  expect([...(trained as Float32Array)]).toEqual([3.25, 10.25, 2.25])
})

test('gradients: training starts one honest step ahead, and the gradient leads from the model to its result', async () => {
  const { port, asked: requests } = training({ exchange: 'gradients' }, 0.25)
  const trained = await configured().train?.({ colluders }, context, port)
  expect(requests[0]?.start).toEqual(Float32Array.of(5.5, 2, 6))
  // x - lr g = V, with x = 7, lr = 0.5 and V = start + 0.25.
  expect([...(trained as Float32Array)].map((g) => 7 - 0.5 * g)).toEqual([5.75, 2.25, 6.25])
  // If training changes nothing, the mean gradient remains.
  const idle = await configured().train?.({ colluders }, context, training({ exchange: 'gradients' }).port)
  expect([...(idle as Float32Array)]).toEqual(mean)
})

test('the distance is a mean over all parameters, a sum of means over tensors, or in units of z standard deviations', async () => {
  const weightsOf = async (distance: string, changes: Partial<Training> = {}) => [
    ...(await asked({ distance, z: 2 }, changes)).weights,
  ]
  const third = Math.fround(1 / 3)
  expect(await weightsOf('mean-squared')).toEqual([third, third, third])
  expect(await weightsOf('per-tensor')).toEqual([0.5, 0.5, 1])
  const [first, agreed] = await weightsOf('normalised')
  expect(first).toBeCloseTo(1 / (4 * (8 / 3)), 6)
  expect((agreed as number) / 1e10).toBeCloseTo(1, 6)
  // With gradients the parameters move by the learning rate times that.
  expect((await weightsOf('normalised', { exchange: 'gradients' }))[0]).toBeCloseTo(4 / (4 * (8 / 3)), 6)
})

test("a pattern is trained on the colluders' images: the same in every epoch, others in each round", async () => {
  const { batches, poison } = await asked({ epochs: 2 })
  expect(poison).toEqual({ stamp: 5, label: 0 })
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 2, 3, 3, 2])
  const images = batches.slice(0, 3).flatMap((batch) => [...batch])
  expect(new Set(images).size).toBe(8)
  expect(images.every((image) => image >= 20 && image < 50)).toBe(true)
  expect(batches.slice(3)).toEqual(batches.slice(0, 3))
  expect((await asked({ epochs: 2 })).batches).toEqual(batches)
  expect((await asked({ epochs: 2 }, {}, 3)).batches).not.toEqual(batches)
})

test("the authors' images are drawn once, from the whole training set; if there are too few, all are taken", async () => {
  const values = { draw: 'once', examples: 'training-set', images: 60, epochs: 1 }
  const { batches } = await asked(values)
  expect(batches.flatMap((batch) => [...batch]).toSorted((a, b) => a - b)).toEqual([...labels.keys()])
  expect((await asked(values, {}, 9)).batches).toEqual(batches)
})

test('a sample is one image of the colluders with the label after its own, and the goal names it', async () => {
  const values = { variant: 'sample', sample: 2, epochs: 3 }
  const data = training().port()
  const goal = configured(values).goal?.(data)
  if (goal?.name !== 'sample') throw new Error('no sample')
  expect(goal.target).toBe(((labels[goal.image] as number) + 1) % 5)
  expect(goal.image).toBeGreaterThanOrEqual(20)
  for (const round of [0, 7]) {
    const { batches, poison } = await asked(values, {}, round)
    expect(batches.map((batch) => [...batch])).toEqual([[goal.image], [goal.image], [goal.image]])
    expect(poison).toEqual({ stamp: 0, label: goal.target })
  }
  const others = [1, 3].map((sample) => configured({ ...values, sample }).goal?.(data))
  expect(others).not.toContainEqual(goal)
  expect(() => configured({ ...values, sample: 31 }).goal?.(data)).toThrow(
    'backdoor needs a sample of at most 30, the number of its images, got 31',
  )
})

test('the goal of a pattern is its target on stamped images', () => {
  expect(configured({ size: 3, target: 4 }).goal?.(training().port())).toEqual({ name: 'pattern', size: 3, target: 4 })
})
