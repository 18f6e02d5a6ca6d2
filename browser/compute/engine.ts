import type { EngineReport } from '#learning/engines/engine.ts'
import type { EngineCandidate } from '#learning/engines/open-engine.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'
import { wasmFastEngine } from '#learning/engines/wasm-fast-engine.ts'
import { guardContext, type ProbedRenderer } from '#learning/engines/webgl.ts'
import { guardDevice, isSoftware, isSoftwareName, type ProbedAdapter } from '#learning/engines/webgpu.ts'

/** Functions of the TensorFlow.js module that this file calls. */
interface Library extends TensorLibrary {
  enableProdMode(): void
  env(): { set(flag: string, value: boolean): void }
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  backend(): unknown
}

/**
 * The engines of a tab's worker, in the order of `auto`: hardware WebGPU, hardware WebGL, wasm, tfjs-wasm, tfjs-cpu.
 * `wasm-fast` opens by name only. `assets` is the base URL of the wasm binaries, with a slash at the end. An engine
 * loads its library when it opens.
 */
export function browserEngines(assets: string): readonly EngineCandidate[] {
  return [
    {
      engine: 'tfjs-webgpu',
      async open({ software }) {
        const adapter = await probeWebGpu(software)
        const tf = await library()
        await import('@tensorflow/tfjs-backend-webgpu')
        await start(tf, 'webgpu')
        // Otherwise the CPU computes small products, among them those of the self-test.
        tf.env().set('WEBGPU_CPU_FORWARD', false)
        return { tf, ...guardDevice(tf.backend(), adapter) }
      },
    },
    {
      engine: 'tfjs-webgl',
      async open({ software }) {
        const renderer = probeWebGl(software)
        const tf = await library()
        tf.env().set('WEBGL_CPU_FORWARD', false)
        await start(tf, 'webgl')
        return { tf, ...guardContext(tf.backend(), renderer) }
      },
    },
    wasmEngine({ now: () => performance.now() }),
    wasmFastEngine(),
    {
      engine: 'tfjs-wasm',
      async open() {
        const tf = await library()
        const wasm = await import('@tensorflow/tfjs-backend-wasm')
        wasm.setWasmPaths(assets)
        // In an isolated page the library would start threads from a blob, which the page's policy forbids.
        tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
        await start(tf, 'wasm', `wasm from ${assets}`)
        return opened(tf, { engine: 'tfjs-wasm', hardware: false })
      },
    },
    {
      engine: 'tfjs-cpu',
      async open() {
        const tf = await library()
        await start(tf, 'cpu')
        return opened(tf, { engine: 'tfjs-cpu', hardware: false })
      },
    },
  ]
}

function opened(tf: Library, report: EngineReport) {
  return { tf, report, guard: <T>(work: Promise<T>) => work }
}

async function library(): Promise<Library> {
  // The module has all members, but TypeScript cannot match its generic types.
  const tf = (await import('@tensorflow/tfjs')) as unknown as Library
  tf.enableProdMode()
  return tf
}

/** Starts a backend. TensorFlow.js silently replaces a backend that fails, so this compares the name. */
async function start(tf: Library, backend: string, what: string = backend): Promise<void> {
  const worked = await tf.setBackend(backend)
  await tf.ready()
  if (!worked || tf.getBackend() !== backend) throw new Error(`TensorFlow.js could not start ${what}`)
}

/** Checks the adapter before a backend takes it: `navigator.gpu` may have no adapter, or one in software. */
async function probeWebGpu(software: boolean): Promise<ProbedAdapter> {
  const gpu: GPU | undefined = navigator.gpu
  if (!gpu) throw new Error('no WebGPU in this browser, or the page is not a secure context')
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('no WebGPU adapter')
  const probed = {
    name: `${adapter.info.vendor} ${adapter.info.architecture}`.trim(),
    software: isSoftware(adapter.info),
  }
  if (probed.software && !software) throw new Error(`only a software WebGPU adapter (${probed.name})`)
  return probed
}

/** Reads the renderer from a context of its own. A context that fails with a caveat renders on the CPU. */
function probeWebGl(software: boolean): ProbedRenderer {
  if (typeof OffscreenCanvas === 'undefined') throw new Error('no WebGL in a worker of this browser')
  const contextOf = (caveat: boolean) =>
    new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: caveat })
  const quick = contextOf(true)
  const context = quick ?? contextOf(false)
  if (!context) throw new Error('no WebGL 2 context')
  const named = context.getExtension('WEBGL_debug_renderer_info')
  const name = String(context.getParameter(named?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER))
  context.getExtension('WEBGL_lose_context')?.loseContext()
  const probed = { name, software: quick === null || isSoftwareName(name) }
  if (probed.software && !software) throw new Error(`only a software WebGL renderer (${probed.name})`)
  return probed
}
