import { expect, test } from 'vitest'
import type { Workspace } from '#learning/engines/engine.ts'
import { applyDescent } from '#learning/training/descent.ts'
import { createTrainer, type TrainerOptions } from '#protocol/peer/trainer.ts'

/** Loss sum(x^2) / 2 for every batch: the gradient is x itself. */
const bowl: Pick<Workspace, 'descend' | 'gradient' | 'evaluate'> = {
  async descend(parameters, momentum, batches, descent) {
    const [x, m] = [parameters.slice(), momentum.slice()]
    for (const _ of batches) applyDescent(x, m, x.slice(), descent)
    return { parameters: x, momentum: m, loss: 1 }
  },
  gradient: async (parameters) => ({ gradient: parameters.slice(), loss: 2 }),
  evaluate: async (parameters) => ({ loss: parameters[0] as number, accuracy: 0.5 }),
}
const batch = Uint32Array.of(0)
const trainerWith = (changes: Partial<TrainerOptions> = {}) =>
  createTrainer({
    workspace: bowl,
    initial: Float32Array.of(8),
    descent: { beta: 0.5, dampening: 0 },
    momentumAt: 'local',
    ...changes,
  })

test('steps keep momentum across rounds, also after loading an aggregate', async () => {
  const trainer = trainerWith()
  expect(await trainer.step([batch], 0.5)).toEqual({ loss: 1, parameters: trainer.read() })
  // m = 8, x = 8 - 4
  expect(trainer.read()[0]).toBe(4)
  trainer.load(Float32Array.of(2))
  await trainer.step([batch], 0.5)
  // m = 4 + 2, x = 2 - 3
  expect(trainer.read()[0]).toBe(-1)
})

test('with momentum at the aggregate, steps and gradients have no momentum', async () => {
  const trainer = trainerWith({ momentumAt: 'aggregate' })
  await trainer.step([batch, batch], 0.5)
  expect(trainer.read()[0]).toBe(2)
  await trainer.gradient(batch)
  expect([...(await trainer.gradient(batch)).gradient]).toEqual([2])
})

test('with local momentum, gradients include it', async () => {
  const trainer = trainerWith({ descent: { beta: 0.5, dampening: 0.5 } })
  const first = (await trainer.gradient(batch)).gradient
  const second = (await trainer.gradient(batch)).gradient
  expect([first[0], second[0]]).toEqual([4, 6])
})

test('arrays that were read, loaded or sent are not mutated', async () => {
  const initial = Float32Array.of(8)
  const trainer = trainerWith({ initial })
  const read = trainer.read()
  const { gradient } = await trainer.gradient(batch)
  gradient[0] = 99
  await trainer.step([batch], 0.5)
  expect([initial[0], read[0]]).toEqual([8, 8])
  const loaded = Float32Array.of(3)
  trainer.load(loaded)
  await trainer.step([batch], 0.5)
  expect([...loaded]).toEqual([3])
  trainer.load(loaded)
  expect(await trainer.evaluate()).toEqual({ loss: 3, accuracy: 0.5 })
})

test('a vector of another length is refused', () => {
  expect(() => trainerWith().load(new Float32Array(2))).toThrow('the model has 1 parameters, got 2')
})

test("losses are those of the given models on one batch; the peer's own model does not change", async () => {
  const trainer = trainerWith()
  const before = trainer.read()
  expect(await trainer.losses([Float32Array.of(3), Float32Array.of(5)], batch)).toEqual([3, 5])
  expect(trainer.read()).toBe(before)
})

test('a gradient is clipped before momentum, and has no weight decay', async () => {
  const trainer = trainerWith({ descent: { beta: 0.5, dampening: 0, gradientClip: 2, weightDecay: 0.5 } })
  const first = (await trainer.gradient(batch)).gradient
  const second = (await trainer.gradient(batch)).gradient
  expect([first[0], second[0]]).toEqual([2, 3])
  // g = 2 + 0.5 x 8, m = 1.5 + 6, x = 8 - 0.5 m
  await trainer.step([batch], 0.5)
  expect(trainer.read()[0]).toBe(4.25)
})

test('another trainer resumes from a snapshot: parameters, momentum and the views of the next batches', async () => {
  const views: (Uint32Array | undefined)[] = []
  const workspace: TrainerOptions['workspace'] = {
    ...bowl,
    descend(parameters, momentum, batches, descent, drawn) {
      views.push(...(drawn ?? []))
      return bowl.descend(parameters, momentum, batches, descent)
    },
  }
  const augmented = { workspace, augmentation: { crop: 2, flip: true, seed: 3, peer: 1 } }
  const trainer = trainerWith(augmented)
  await trainer.step([batch, batch], 0.5)
  const memory = structuredClone(trainer.snapshot())
  await trainer.step([batch], 0.5)
  const other = trainerWith(augmented)
  other.restore(memory)
  await other.step([batch], 0.5)
  expect(other.read()).toEqual(trainer.read())
  expect(views).toHaveLength(4)
  expect(views[3]).toEqual(views[2])
})
