// Runs in its own process: the Vulkan loader reads its environment once, and Dawn keeps its process alive.
// Prints the results for webgpu.test.ts as one line of JSON.
import type { Workspace } from '#learning/engines/engine.ts'
import { openEngine } from '#learning/engines/open-engine.ts'
import { openWorkspace } from '#learning/engines/open-workspace.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { randomStream } from '#learning/random.ts'
import { nodeEngines } from '#node/compute/engine.ts'
import { networks, randomDataset } from '../../learning/engines/engine-fixtures.ts'

const engine = await openEngine('tfjs-webgpu', nodeEngines)
const auto = await openEngine('auto', nodeEngines)
if (!('tf' in engine)) throw new Error('tfjs-webgpu is an engine of TensorFlow.js')

const distances: Record<string, number> = {}
for (const { model, shape } of networks) {
  const subject = { model, dataset: randomDataset(20, shape, 4) }
  const x = initialise(model, randomStream(1, 'initial'))
  const run = async (workspace: Workspace) => {
    const batches = [Uint32Array.of(0, 1, 2, 3), Uint32Array.of(4, 5)]
    const descent = { learningRate: 0.05, beta: 0.9, dampening: 0 }
    const { parameters } = await workspace.descend(x, new Float32Array(x.length), batches, descent)
    const { loss } = await workspace.evaluate(parameters, Uint32Array.of(6, 7, 8))
    return [...parameters, loss]
  }
  const ours = await run(createWasmWorkspace(subject))
  const theirs = await run(await openWorkspace(engine, subject))
  distances[model.name] = Math.max(...ours.map((value, k) => Math.abs(value - (theirs[k] as number))))
}

/** The error of a gradient after the device of a newly opened engine has failed. */
async function refusal(fail: (device: GPUDevice) => unknown): Promise<string> {
  const opened = await openEngine('tfjs-webgpu', nodeEngines)
  const [network] = networks
  if (!network) throw new Error('there are networks')
  const subject = { model: network.model, dataset: randomDataset(20, network.shape, 4) }
  const workspace = await openWorkspace(opened, subject)
  const { device } = (opened as unknown as { tf: { backend(): { device: GPUDevice } } }).tf.backend()
  await fail(device)
  return workspace.gradient(new Float32Array(network.model.parameterCount), Uint32Array.of(0)).then(
    () => 'not refused',
    (error: Error) => error.message,
  )
}

const invalid = await refusal(async (device) => {
  const reported = new Promise((resolve) => device.addEventListener('uncapturederror', resolve))
  device.createShaderModule({ code: 'not a shader' })
  await reported
})
const lost = await refusal(async (device) => {
  device.destroy()
  await device.lost
})
console.log(JSON.stringify({ report: engine.report, auto: auto.report, distances, invalid, lost }))
// Dawn sometimes crashes while its process exits, so the parent kills it.
process.stdin.on('end', () => process.exit()).resume()
