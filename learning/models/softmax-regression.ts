import type { Model } from './model.ts'

/** Multinomial logistic regression: one dense layer that starts at zero; 7,850 parameters for 28x28 images. */
export function softmaxRegression(inputs: number, classes: number): Model {
  return {
    name: 'softmax-regression',
    classes,
    parameterCount: inputs * classes + classes,
    layers: [{ kind: 'flatten' }, { kind: 'dense', inputs, outputs: classes, weights: 'zero', bias: 'zero' }],
  }
}
