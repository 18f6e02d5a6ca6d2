import { setImmediate } from 'node:timers/promises'

/** Whether the signal has aborted. A Ctrl-C that arrived during synchronous work counts too. */
export async function isInterrupted(signal: AbortSignal): Promise<boolean> {
  // Node delivers signals between two turns of the event loop; the first turn may already be under way.
  await setImmediate()
  await setImmediate()
  return signal.aborted
}
