import { setImmediate } from 'node:timers/promises'

/** Whether the signal has aborted. A Ctrl-C that arrived during synchronous work counts too. */
export async function isInterrupted(signal: AbortSignal): Promise<boolean> {
  // Node delivers signals between turns of the event loop. The first turn may already have begun, so wait for two.
  await setImmediate()
  await setImmediate()
  return signal.aborted
}
