import { Worker } from 'node:worker_threads'
import { inOneLine } from '#aggregation/contract.ts'
import { type ExternalConfig, labelOf, openExternalRule, type RuleWatch } from './external-rule.ts'

/** A user's own rule to try before a run, and the sizes of the closed neighbourhoods that it will get. */
export interface RuleTrial {
  readonly config: ExternalConfig
  readonly sizes: readonly number[]
}

/**
 * In a worker: opens and closes the rule at each size. Resolves to the problem in one line; undefined if there is none.
 */
export async function tryOwnRule({ config, sizes }: RuleTrial, watch: RuleWatch): Promise<string | undefined> {
  try {
    for (const n of sizes) {
      const rule = await openExternalRule(config, n, watch)
      await rule.ready.finally(() => rule.close())
    }
    return undefined
  } catch (error) {
    return inOneLine(error)
  }
}

/** Maximum time to load a rule at all sizes; TypeScript is compiled in it. */
const loadMs = 10_000

/**
 * Tries a rule in a separate thread, because a module of the user may hang or throw while it loads. Resolves to the
 * problem in one line; undefined if the rule can run.
 */
export function trialOf(trial: RuleTrial, workerUrl: URL, limitMs = loadMs): Promise<string | undefined> {
  const label = labelOf(trial.config)
  const worker = new Worker(workerUrl, { name: 'hearsay-rule', workerData: trial, stdout: true })
  worker.stdout.pipe(process.stderr, { end: false })
  return new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(`the rule ${label} did not load within ${limitMs} ms`), limitMs)
    worker.on('message', (message: unknown) => {
      // Messages about programs are objects; the last message is the result.
      if (typeof message === 'object') return
      clearTimeout(timer)
      resolve(message as string | undefined)
    })
    worker.once('error', (error) => {
      clearTimeout(timer)
      resolve(`the rule ${label} threw outside of aggregate: ${inOneLine(error)}`)
    })
    worker.once('exit', () => resolve(`the rule ${label} ended its thread while it loaded`))
  }).finally(() => worker.terminate())
}
