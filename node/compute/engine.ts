import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { EngineReport } from '#learning/engines/engine.ts'
import type { EngineCandidate } from '#learning/engines/open-engine.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'
import { wasmFastEngine } from '#learning/engines/wasm-fast-engine.ts'
import { guardDevice, isSoftware, type ProbedAdapter } from '#learning/engines/webgpu.ts'
import { pairing } from './pairing.ts'

/** Functions of the TensorFlow.js module that this file calls. */
interface Library extends TensorLibrary {
  enableProdMode(): void
  env(): { set(flag: string, value: boolean): void }
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  backend(): unknown
}

// TensorFlow.js is CommonJS in Node: `require` gives its backends the same core. It loads late, because loading takes
// most of a second.
const require = createRequire(import.meta.url)

/**
 * The engines of a Node thread, in the order of `auto`: hardware WebGPU through Dawn, wasm, tfjs-wasm, tfjs-cpu.
 * `wasm-fast` opens by name only.
 */
export const nodeEngines: readonly EngineCandidate[] = [
  {
    engine: 'tfjs-webgpu',
    async open({ software }) {
      const adapter = await probeWebGpu(software)
      const tf = library()
      optional('@tensorflow/tfjs-backend-webgpu')
      await start(tf, 'webgpu')
      // Otherwise the CPU computes small products, among them those of the self-test.
      tf.env().set('WEBGPU_CPU_FORWARD', false)
      return { tf, ...guardDevice(tf.backend(), adapter) }
    },
  },
  wasmEngine(pairing),
  // Node 20 needs a flag for relaxed SIMD. V8 reads the flag whenever it compiles a module.
  wasmFastEngine(() => setFlagsFromString('--experimental-wasm-relaxed-simd')),
  {
    engine: 'tfjs-wasm',
    async open() {
      const tf = library()
      const wasm = optional('@tensorflow/tfjs-backend-wasm') as {
        setWasmPaths(folder: string): void
        setThreadsCount(count: number): void
      }
      const entry = require.resolve('@tensorflow/tfjs-backend-wasm/package.json')
      wasm.setWasmPaths(join(dirname(entry), 'dist', '/'))
      wasm.setThreadsCount(1)
      await start(tf, 'wasm')
      return opened(tf, { engine: 'tfjs-wasm', hardware: false })
    },
  },
  {
    engine: 'tfjs-cpu',
    async open() {
      const tf = library()
      await start(tf, 'cpu')
      return opened(tf, { engine: 'tfjs-cpu', hardware: false })
    },
  },
]

/** Paths of graphics devices on Linux: the kernel's renderers, NVIDIA's driver, Windows' device through WSL. */
const graphicsDevices = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg']

function opened(tf: Library, report: EngineReport) {
  return { tf, report, guard: <T>(work: Promise<T>) => work }
}

/** Loads a package that Hearsay does not install. Throws Error with the command that adds it. */
function optional(name: string): unknown {
  try {
    return require(name)
  } catch (error) {
    throw notInstalled(error, name)
  }
}

/** The error for a package that is missing, with the command that adds it; any other error as it is. */
function notInstalled(error: unknown, name: string): unknown {
  const missing = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? '')
  return missing ? new Error(`${name} is not installed; add it with: npm install ${name}`) : error
}

function library(): Library {
  const tf = optional('@tensorflow/tfjs') as Library
  // Without production mode every backend prints a greeting on stderr.
  tf.enableProdMode()
  return tf
}

/** Starts a backend. TensorFlow.js silently replaces a backend that fails, so this compares the name. */
async function start(tf: Library, backend: string): Promise<void> {
  const worked = await tf.setBackend(backend)
  await tf.ready()
  if (!worked || tf.getBackend() !== backend) throw new Error(`TensorFlow.js could not start ${backend}`)
}

/** Sets `navigator.gpu`, which TensorFlow.js expects, and checks the adapter before a backend takes it. */
async function probeWebGpu(software: boolean): Promise<ProbedAdapter> {
  // Without a graphics device Dawn is slow and prints warnings on stderr, so it is not loaded then.
  if (!software && process.platform === 'linux' && !graphicsDevices.some((path) => existsSync(path))) {
    throw new Error('no graphics device')
  }
  const { create, globals } = await import('webgpu').catch((error) => {
    throw notInstalled(error, 'webgpu')
  })
  Object.assign(globalThis, globals)
  const gpu = create([])
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true })
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('no WebGPU adapter')
  const probed = {
    name: `${adapter.info.vendor} ${adapter.info.architecture}`.trim(),
    software: isSoftware(adapter.info),
  }
  if (probed.software && !software) throw new Error(`only a software WebGPU adapter (${probed.name})`)
  return probed
}
