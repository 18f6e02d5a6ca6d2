import type { EngineReport } from './engine.ts'
import { createGuard } from './guard.ts'

/** The WebGL renderer, probed before a backend uses it. */
export interface ProbedRenderer {
  /** The renderer's own name. */
  readonly name: string
  readonly software: boolean
}

/** The part of a WebGL context's canvas that reports its loss. */
interface Canvas {
  addEventListener(type: 'webglcontextlost', listener: () => void): void
}

/**
 * Watches the context of TensorFlow.js's webgl backend: a lost context returns zeros and raises no error. `guard`
 * passes results through until then, and rejects with the reason afterwards.
 */
export function guardContext(backend: unknown, renderer: ProbedRenderer) {
  const { gpgpu } = backend as { readonly gpgpu: { readonly gl: { readonly canvas: Canvas } } }
  const { fail, guard } = createGuard()
  gpgpu.gl.canvas.addEventListener('webglcontextlost', () => fail(new Error('WebGL context lost')))
  const report: EngineReport = { engine: 'tfjs-webgl', adapter: renderer.name, hardware: !renderer.software }
  return { report, guard }
}
