/**
 * Passes results through until `fail` is called. Then it rejects everything, pending results too, with the first
 * reason. It is needed because a failed graphics device returns zeros and raises no error.
 */
export function createGuard() {
  const waiting = new Set<(reason: Error) => void>()
  let failure: Error | undefined
  return {
    fail(reason: Error): void {
      failure ??= reason
      for (const reject of waiting) reject(failure)
      waiting.clear()
    },
    guard<T>(work: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        if (failure) {
          // Nothing reads this result any more, but its rejection must be handled.
          work.catch(() => {})
          reject(failure)
          return
        }
        waiting.add(reject)
        work.then(
          (result) => {
            waiting.delete(reject)
            resolve(result)
          },
          (error) => {
            waiting.delete(reject)
            reject(error)
          },
        )
      })
    },
  }
}
