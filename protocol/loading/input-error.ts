/** Bad input. The command prints one line per problem without a stack trace and exits with code 2. */
export class InputError extends Error {
  readonly lines: readonly string[]
  constructor(lines: string | readonly string[]) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'))
    this.name = 'InputError'
    this.lines = all
  }
}

/** Applies `act` to each item and returns the results. Throws one InputError with the lines of all its InputErrors. */
export function gather<T, R>(items: Iterable<T>, act: (item: T) => R): R[] {
  const results: R[] = []
  const lines: string[] = []
  for (const item of items) {
    try {
      results.push(act(item))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      lines.push(...error.lines)
    }
  }
  if (lines.length > 0) throw new InputError(lines)
  return results
}
