/** A run that ended before its seats were taken: there is nothing to report, one line says why. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError'
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
