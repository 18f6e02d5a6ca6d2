import type { AggregationInput, AggregationOutput } from './rule.ts'

/** A user's own rule or attack broke its contract, threw, or ended. The message names it. */
export class OwnCodeError extends RangeError {
  readonly code = ownCodeFailed
  override readonly name = 'OwnCodeError'
}

/** The `code` of an OwnCodeError. It reaches another thread, while the class of an error does not. */
export const ownCodeFailed = 'own-code-failed'

/**
 * Checks the answer of a user's own rule for n vectors of length d, and returns it in new arrays. `output` must have d
 * numbers, `influence` n numbers, and `state`, if there is one, any number of them. All must be finite in 32 bits. If
 * `influence` is `optional` and left out, each vector has 1/n. Throws OwnCodeError with the wrong and the right value.
 */
export function checkedAnswer(
  rule: string,
  answer: unknown,
  { vectors }: Pick<AggregationInput, 'vectors'>,
  optional: 'influence' | 'nothing' = 'nothing',
): AggregationOutput {
  const refuse = (what: string): never => {
    throw new OwnCodeError(`the rule ${rule} ${what}`)
  }
  const n = vectors.length
  const d = vectors[0]?.length ?? 0
  if (answer instanceof Promise) return refuse('returned a promise; aggregate must return { output, influence } itself')
  if (typeof answer !== 'object' || answer === null)
    return refuse(`returned ${inWords(answer)} instead of { output, influence }`)
  const { output, influence, state } = answer as Record<string, unknown>
  if (!isVector(output)) return refuse(`returned ${inWords(output)} as output; expected a vector of ${d} numbers`)
  if (output.length !== d) return refuse(`answered ${output.length} numbers, the model has ${d}`)
  const rounded = finiteIn32Bits(output, (i) =>
    refuse(`answered ${output[i]} as output[${i}], not a finite 32-bit number`),
  )
  if (influence === undefined && optional === 'nothing')
    return refuse(`returned no influence; expected ${n} numbers, one for each vector`)
  if (influence !== undefined && !isVector(influence))
    return refuse(`returned ${inWords(influence)} as influence; expected ${n} numbers`)
  if (influence && influence.length !== n)
    return refuse(`returned ${influence.length} numbers as influence; expected ${n}, one for each vector`)
  const shares = influence ? Array.from(influence) : vectors.map(() => 1 / n)
  const odd = shares.findIndex((share) => !Number.isFinite(share))
  if (odd >= 0) return refuse(`returned ${shares[odd]} as influence[${odd}], not a finite number`)
  if (state === undefined || state === null) return { output: rounded, influence: shares }
  if (!isVector(state)) return refuse(`returned ${inWords(state)} as state; expected a vector of numbers`)
  const memory = finiteIn32Bits(state, (i) => refuse(`returned ${state[i]} as state[${i}], not a finite 32-bit number`))
  return { output: rounded, influence: shares, state: memory }
}

/** A new vector of 32-bit floats. Calls `refuse` with the index of the first number that is not finite in 32 bits. */
function finiteIn32Bits(numbers: ArrayLike<number>, refuse: (index: number) => never): Float32Array {
  const vector = Float32Array.from(numbers)
  const odd = vector.findIndex((value) => !Number.isFinite(value))
  return odd >= 0 ? refuse(odd) : vector
}

/** An array or typed array of numbers. */
function isVector(value: unknown): value is ArrayLike<number> {
  if (value instanceof Float32Array || value instanceof Float64Array) return true
  return Array.isArray(value) && value.every((number) => typeof number === 'number')
}

/** An error of the user's code in one line. The issues of a schema are listed with their paths. */
export function inOneLine(error: unknown): string {
  const { issues } = Object(error) as { readonly issues?: readonly { path: readonly PropertyKey[]; message: string }[] }
  if (Array.isArray(issues))
    return issues.map(({ path, message }) => `${['parameters', ...path].join('.')}: ${message}`).join('; ')
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`
}
