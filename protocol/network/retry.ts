/** Maximum number of attempts. Each takes up to 20 s without an answer; a launcher may end them earlier. */
const attempts = 10

/** Retries a failed attempt: a machine is too busy while a whole swarm starts. Rejects with the last error. */
export async function retry<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (tried >= attempts || signal.aborted) throw error
    }
  }
}
