import { InputError } from '#protocol/loading/input-error.ts'
import type { Summary } from '#report/summary/summary.ts'

/** An experiment, or an option beside it, cannot be used. Nothing was started or written. */
export class ExperimentError extends Error {
  override readonly name = 'ExperimentError'
  /** The exit code of the command for this error. */
  readonly exitCode = 2
  /** Every problem, one line each. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options)
    this.problems = problems
  }
}

/** A run broke: too many peers failed, a device was lost, or it could not begin. */
export class RunError extends Error {
  override readonly name = 'RunError'
  /** The exit code of the command for this error. */
  readonly exitCode = 3
  /** Why the run broke, in one line. */
  readonly reason: string
  /** What was measured; undefined if the run did not begin. */
  readonly summary: Summary | undefined

  constructor(reason: string, summary?: Summary, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
    this.summary = summary
  }
}

/** An InputError as an ExperimentError, and any other error as it is. */
export function asExperimentError(error: unknown): unknown {
  return error instanceof InputError ? new ExperimentError(error.lines, { cause: error }) : error
}

/**
 * The reason of an aborted signal, with `summary` as a property if it is an object. The summary is undefined if the
 * run did not begin.
 */
export function abortion(signal: AbortSignal, summary: Summary | undefined): unknown {
  const { reason } = signal
  if (typeof reason === 'object' && reason !== null && Object.isExtensible(reason)) Object.assign(reason, { summary })
  return reason
}
