const attempts = 5

/** Tries again where a machine on which a whole swarm starts at once was too busy; rejects with the last reason. */
export async function patiently<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (tried >= attempts || signal.aborted) throw error
    }
  }
}
