import type { EngineReport } from './engine.ts'
import { compileKernels } from './kernels/kernels.ts'
import type { EngineCandidate } from './open-engine.ts'
import { createWasmWorkspace } from './wasm-engine.ts'

/** A module of one function, (x, y, z) => f32x4.relaxed_madd(x, y, z). */
const relaxedModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
)

const report: EngineReport = { engine: 'wasm-fast', hardware: false }

/**
 * Our engine with products in relaxed SIMD, which may fuse a multiplication and an addition, and round once. It is
 * faster, but the bits depend on the processor, so `auto` never takes it. Opening it loads its kernels. `enable` may
 * turn on relaxed SIMD on a platform that has it behind a flag.
 */
export function wasmFastEngine(enable?: () => void): EngineCandidate {
  return {
    engine: 'wasm-fast',
    onlyByName: true,
    async open() {
      if (!WebAssembly.validate(relaxedModule)) enable?.()
      if (!WebAssembly.validate(relaxedModule)) throw new Error('no relaxed SIMD here; use engine: wasm')
      const { wasmBase64 } = await import('./kernels/wasm-fast.generated.ts')
      const module = compileKernels(wasmBase64)
      return { report, createWorkspace: async (subject, own) => createWasmWorkspace(subject, own, module) }
    },
  }
}
