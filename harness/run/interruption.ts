const signals = ['SIGINT', 'SIGTERM'] as const
let early: (() => void) | undefined

/** Until `interruption` takes over, Ctrl-C and SIGTERM end the process with one line. */
export function endWhenInterrupted(): void {
  early = () => {
    process.stderr.write('\nhearsay: interrupted before anything started\n')
    process.exit(130)
  }
  for (const name of signals) process.on(name, early)
}

/** Aborts on the first Ctrl-C or SIGTERM; the second ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130)
    process.stderr.write('\nstopping: results so far are kept (interrupt again to end at once)\n')
    controller.abort()
  }
  for (const name of signals) {
    if (early) process.off(name, early)
    process.on(name, interrupt)
  }
  return controller.signal
}
