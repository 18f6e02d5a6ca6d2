import { parentPort } from 'node:worker_threads'
import { openEngine } from '#learning/open-engine.ts'
import { type ComputeRequest, createCompute } from '#protocol/compute.ts'
import { nodeEngines } from './engine.ts'
import { type ExternalConfig, openExternalRule } from './external-rule.ts'

const port = parentPort
if (!port) throw new Error('node/compute/worker runs as a worker thread only')

const compute = createCompute(
  (setup) => openEngine(setup.engine, nodeEngines),
  (config, n) => openExternalRule(config as unknown as ExternalConfig, n),
)
port.on('message', async (request: ComputeRequest) => {
  const { reply, transfer } = await compute.handle(request)
  port.postMessage(reply, [...transfer])
})
