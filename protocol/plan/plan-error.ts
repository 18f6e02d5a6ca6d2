/** An experiment that cannot run as written; `path` names the key to change. */
export class PlanError extends RangeError {
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.name = 'PlanError'
    this.path = path
  }
}

/** Turns a RangeError of `compute` into a PlanError with this path; `say` may extend its message. */
export function withPath<T>(
  path: string,
  compute: () => T,
  say: (message: string) => string = (message) => message,
): T {
  try {
    return compute()
  } catch (error) {
    if (error instanceof PlanError || !(error instanceof RangeError)) throw error
    throw new PlanError(path, say(error.message))
  }
}

/** The PlanError that `compute` throws, as a list; empty if it throws none. */
export function refusalsOf(compute: () => void): PlanError[] {
  try {
    compute()
    return []
  } catch (error) {
    if (error instanceof PlanError) return [error]
    throw error
  }
}
