import { expect, test } from 'vitest'
import { initialise } from '#learning/models/initialise.ts'
import { layerViews } from '#learning/models/parameters.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'

const mlp = buildModel('mlp', 784, 10)

test('the networks have as many parameters as in the papers', () => {
  expect(buildModel('softmax-regression', 784, 10).parameterCount).toBe(7850)
  expect(mlp.parameterCount).toBe(79_510)
  const cnn = buildModel('cnn', 3072, 10)
  expect(cnn.parameterCount).toBe(117_706)
  expect(layerViews(cnn, initialise(cnn, randomStream(1, 'initial'))).map(({ fanIn }) => fanIn)).toEqual([
    27, 256, 64, 384, 192,
  ])
  // He et al. 2016, table 6: 0.27 million.
  expect(buildModel('resnet20', 3072, 10).parameterCount).toBe(269_722)
  expect(layerViews(buildModel('resnet20', 784, 10), new Float32Array(269_434)).length).toBe(39)
  expect(() => buildModel('resnet20', 64, 10)).toThrow(/resnet20 needs images of 32x32x3 or 28x28/)
  expect(() => buildModel('cnn', 64, 10)).toThrow(/cnn needs images of 32x32x3 or 28x28/)
})

test('a convolution starts within the bounds of PyTorch, or of Xavier with the size of its kernel', () => {
  const layer = { kind: 'convolution', kernel: 5, inputs: 4, outputs: 8, bias: 'torch' } as const
  for (const [weights, bound] of [
    ['torch', 0.1],
    ['xavier', Math.sqrt(6 / 300)],
  ] as const) {
    const model = { name: 'one', classes: 8, parameterCount: 808, layers: [{ ...layer, weights }] }
    const [view] = layerViews(model, initialise(model, randomStream(1, 'initial')))
    const largest = Math.max(...(view?.weights ?? []).map(Math.abs))
    expect(largest).toBeLessThanOrEqual(bound)
    expect(largest).toBeGreaterThan(0.97 * bound)
  }
})

test('a convolution before a norm starts normal with variance 2 / inputs, and has no bias', () => {
  const layer = { kind: 'convolution', kernel: 3, inputs: 8, outputs: 64, weights: 'he', bias: 'none' } as const
  const model = { name: 'one', classes: 64, parameterCount: 4608, layers: [layer] }
  const [view] = layerViews(model, initialise(model, randomStream(1, 'initial')))
  expect(view?.bias.length).toBe(0)
  const squares = [...(view?.weights ?? [])].reduce((sum, value) => sum + value ** 2, 0)
  expect((squares / 4608) * 36).toBeCloseTo(1, 1)
})

test('softmax regression starts at zero and draws nothing', () => {
  const random = () => {
    throw new Error('drew')
  }
  expect(initialise(buildModel('softmax-regression', 64, 10), random).every((value) => value === 0)).toBe(true)
})

test('the mlp starts within the bounds of Xavier and of PyTorch, and fills them', () => {
  const flat = initialise(mlp, randomStream(1, 'initial'))
  expect(flat.length).toBe(79_510)
  const [first, second] = layerViews(mlp, flat)
  const largest = (values: Float32Array | undefined) => Math.max(...(values ?? []).map(Math.abs))
  expect(largest(first?.weights) / Math.sqrt(6 / 884)).toBeCloseTo(1, 3)
  expect(largest(first?.bias) * 28).toBeCloseTo(1, 1)
  expect(largest(second?.weights) * 10).toBeCloseTo(1, 1)
  expect(largest(second?.bias) * 10).toBeLessThanOrEqual(1)
})

test('a group norm starts with scale 1 and shift 0', () => {
  const layers = [{ kind: 'group-norm', groups: 1, channels: 2 }] as const
  const model = { name: 'norm', classes: 2, parameterCount: 4, layers }
  expect([...initialise(model, randomStream(1, 'initial'))]).toEqual([1, 1, 0, 0])
})

test('the parameters are drawn from one stream, in the order of the flat vector', () => {
  const random = randomStream(3, 'initial')
  const flat = initialise(mlp, randomStream(3, 'initial'))
  const bound = Math.sqrt(6 / 884)
  expect(flat[0]).toBe(Math.fround((2 * random() - 1) * bound))
  for (let k = 1; k < 78_400; k++) random()
  expect(flat[78_400]).toBe(Math.fround((2 * random() - 1) / 28))
})

test('views share memory with the vector and refuse one of another length', () => {
  const flat = new Float32Array(79_510)
  layerViews(mlp, flat)[1]?.bias.fill(7)
  expect([...flat.subarray(79_499)]).toEqual([0, ...new Array<number>(10).fill(7)])
  expect(() => layerViews(mlp, new Float32Array(3))).toThrow(/mlp has 79510 parameters/)
})
