/** The run ended before all seats were taken. There is nothing to report; the message says why. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError'
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
