import type { EngineReport } from './engine.ts'
import { createGuard } from './guard.ts'

/** The WebGPU adapter, probed before a device is requested. */
export interface ProbedAdapter {
  /** Vendor and architecture. */
  readonly name: string
  readonly software: boolean
}

/** The part of GPUAdapterInfo that tells software from hardware. */
interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description?: string
  readonly isFallbackAdapter?: boolean
}

/** Whether a driver's name is that of a software renderer. */
export const isSoftwareName = (name: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(name)

/** Whether an adapter is a software renderer: SwiftShader, llvmpipe, WARP. */
export function isSoftware(info: AdapterInfo): boolean {
  if (info.isFallbackAdapter === true) return true
  return isSoftwareName(`${info.vendor} ${info.architecture} ${info.description ?? ''}`)
}

/** The part of GPUDevice that reports failures. */
interface Device {
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void
}

/**
 * Watches the device of TensorFlow.js's webgpu backend: a lost device or an invalid shader returns zeros and raises no
 * error. `guard` passes results through until then, and rejects with the reason afterwards.
 */
export function guardDevice(backend: unknown, adapter: ProbedAdapter) {
  const { device } = backend as { readonly device: Device }
  const { fail, guard } = createGuard()
  device.addEventListener('uncapturederror', (event) => fail(new Error(`WebGPU error: ${event.error.message}`)))
  device.lost.then(
    ({ reason, message }) => fail(new Error(`WebGPU device lost (${reason ?? 'unknown'}): ${message}`)),
    () => {},
  )
  const report: EngineReport = { engine: 'tfjs-webgpu', adapter: adapter.name, hardware: !adapter.software }
  return { report, guard }
}
