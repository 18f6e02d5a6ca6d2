import { cnn } from './cnn.ts'
import { mlp } from './mlp.ts'
import type { Model } from './model.ts'
import { resnet20 } from './resnet20.ts'
import { softmaxRegression } from './softmax-regression.ts'

interface ModelDeclaration {
  readonly name: string
  readonly summary: string
  readonly reference: string
  /** Numbers of pixels (height x width x channels) that it takes. Default: any. */
  readonly inputs?: readonly number[]
  build(inputs: number, classes: number): Model
}

/** Every model, in the order of the tables. */
export const models = [
  {
    name: 'softmax-regression',
    summary: 'One dense layer, started at zero',
    reference: 'https://en.wikipedia.org/wiki/Multinomial_logistic_regression',
    build: softmaxRegression,
  },
  {
    name: 'mlp',
    summary: "The LIE paper's MNIST network, 784-100-10 with ReLU",
    reference: 'https://arxiv.org/abs/1902.06156',
    build: mlp,
  },
  {
    name: 'cnn',
    summary: "The LIE paper's CIFAR-10 network: two convolutions with max pooling, 384-192-10, for 32x32x3 or 28x28",
    reference: 'https://arxiv.org/abs/1902.06156',
    inputs: [784, 3072],
    build: cnn,
  },
  {
    name: 'resnet20',
    summary: 'The CIFAR-10 residual network of 20 layers with group norm instead of batch norm, for 32x32x3 or 28x28',
    reference: 'https://arxiv.org/abs/1512.03385',
    inputs: [784, 3072],
    build: resnet20,
  },
] as const satisfies readonly ModelDeclaration[]

/** Builds the model of this name for images of `inputs` numbers. Throws RangeError for images that it does not take. */
export function buildModel(name: (typeof models)[number]['name'], inputs: number, classes: number): Model {
  const declaration = models.find((model) => model.name === name)
  if (!declaration) throw new RangeError(`there is no model named ${name}`)
  return declaration.build(inputs, classes)
}
