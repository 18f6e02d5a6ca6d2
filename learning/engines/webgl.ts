import type { EngineReport } from './engine.ts'
import { createGuard } from './guard.ts'

/** What was learnt of WebGL before a backend took it. */
export interface ProbedRenderer {
  /** The renderer's own name. */
  readonly name: string
  readonly software: boolean
}

/** The canvas of a WebGL context, as far as it tells of its loss. */
interface Canvas {
  addEventListener(type: 'webglcontextlost', listener: () => void): void
}

/**
 * Watches the context of TensorFlow.js's webgl backend: a lost one gives zeros and raises nothing. `guard` passes results
 * through until it is lost; from then on it rejects with the reason.
 */
export function guardContext(backend: unknown, renderer: ProbedRenderer) {
  const { gpgpu } = backend as { readonly gpgpu: { readonly gl: { readonly canvas: Canvas } } }
  const { fail, guard } = createGuard()
  gpgpu.gl.canvas.addEventListener('webglcontextlost', () => fail(new Error('WebGL context lost')))
  const report: EngineReport = { engine: 'tfjs-webgl', adapter: renderer.name, hardware: !renderer.software }
  return { report, guard }
}
