/**
 * Passes results through until `fail` is called; from then on it rejects with the first reason, also what waits: a graphics
 * device that has failed gives zeros and raises nothing.
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
          // What becomes of the work is nobody's concern any more, its own failure least of all.
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
