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
