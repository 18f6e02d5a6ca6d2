import { expect, test } from 'vitest'
import { checkedAnswer, OwnCodeError } from '#aggregation/contract.ts'

const vectors = [Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]
const influence = [0.5, 0.5, 0]
const output = Float32Array.of(1, 2)

test('a right answer is returned in new arrays', () => {
  const state = Float32Array.of(7)
  const checked = checkedAnswer('mine', { output, influence, state }, { vectors })
  expect(checked).toEqual({ output, influence, state })
  expect(checked.output).not.toBe(output)
  expect(checked.state).not.toBe(state)
  expect(checkedAnswer('mine', { output: [1, 2], influence }, { vectors }).output).toEqual(output)
})

test('a program may leave influence out', () => {
  expect(checkedAnswer('mine', { output }, { vectors }, 'influence').influence).toEqual([1 / 3, 1 / 3, 1 / 3])
})

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'returned undefined instead of { output, influence }'],
  [
    'a promise',
    Promise.resolve({ output, influence }),
    'returned a promise; aggregate must return { output, influence } itself',
  ],
  ['no output', { influence }, 'returned undefined as output; expected a vector of 2 numbers'],
  ['a text as output', { output: 'x', influence }, 'returned a string as output; expected a vector of 2 numbers'],
  [
    'texts in the output',
    { output: ['1', '2'], influence },
    'returned Array as output; expected a vector of 2 numbers',
  ],
  ['a wrong length', { output: [1, 2, 3], influence }, 'answered 3 numbers, the model has 2'],
  ['NaN', { output: [1, Number.NaN], influence }, 'answered NaN as output[1], not a finite 32-bit number'],
  [
    'a number beyond 32 bits',
    { output: [1e300, 1], influence },
    'answered 1e+300 as output[0], not a finite 32-bit number',
  ],
  ['no influence', { output }, 'returned no influence; expected 3 numbers, one for each vector'],
  ['an object as influence', { output, influence: {} }, 'returned Object as influence; expected 3 numbers'],
  [
    'a wrong number of influences',
    { output, influence: [1] },
    'returned 1 numbers as influence; expected 3, one for each vector',
  ],
  [
    'an infinite influence',
    { output, influence: [1, Infinity, 0] },
    'returned Infinity as influence[1], not a finite number',
  ],
  [
    'a state that is no vector',
    { output, influence, state: 4 },
    'returned a number as state; expected a vector of numbers',
  ],
  [
    'a state that is not finite',
    { output, influence, state: [Number.NaN] },
    'returned NaN as state[0], not a finite 32-bit number',
  ],
])('%s is refused in one line', (_, answer, message) => {
  expect(() => checkedAnswer('mine', answer, { vectors })).toThrow(new OwnCodeError(`the rule mine ${message}`))
})
