import { parentPort, workerData } from 'node:worker_threads'
import { openEngine } from '#learning/engines/open-engine.ts'
import { createCompute } from '#protocol/compute/compute.ts'
import { nodeEngines } from './engine.ts'
import { type ExternalConfig, type ExternalRule, openExternalRule, type RuleWatch } from './external-rule.ts'
import { type RuleTrial, tryOwnRule } from './rule-trial.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

const port = parentPort
if (!port) throw new Error('node/compute/worker runs as a worker thread only')
const tell = (message: FromWorker): void => port.postMessage(message)

const watch: RuleWatch = {
  started: (pid) => tell({ program: 'started', pid }),
  gone: (pid) => tell({ program: 'gone', pid }),
  begins: () => tell({ ownRule: 'begins' }),
  ends: () => tell({ ownRule: 'ends' }),
}
const rules: ExternalRule[] = []
const compute = createCompute(
  (setup) => openEngine(setup.engine, nodeEngines),
  async (config, n) => {
    const rule = await openExternalRule(config as unknown as ExternalConfig, n, watch)
    rules.push(rule)
    return rule
  },
)
const trial = workerData as RuleTrial | null
if (trial) {
  port.postMessage(await tryOwnRule(trial, watch))
  process.exit()
}
port.on('message', async (message: ToWorker) => {
  if (message === 'close') {
    await Promise.all(rules.map((rule) => rule.close()))
    process.exit()
  }
  const { replies, transfer } = await compute.handle(message)
  port.postMessage(replies, [...transfer])
})
