/** Bad input: one clear line a problem, exit code 2, no stack trace. */
export class InputError extends Error {
  readonly lines: readonly string[]
  constructor(lines: string | readonly string[]) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'))
    this.name = 'InputError'
    this.lines = all
  }
}
