/** Each takes up to 20 s where nobody answers; a launcher ends those that take longer than it waits for its swarm. */
const attempts = 10

/** Tries again where a machine on which a whole swarm starts at once was too busy; rejects with the last reason. */
export async function retry<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (tried >= attempts || signal.aborted) throw error
    }
  }
}
