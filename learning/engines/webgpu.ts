import type { EngineReport } from './engine.ts'
import { createGuard } from './guard.ts'

/** What was learnt of a WebGPU adapter before a device was asked of it. */
export interface ProbedAdapter {
  /** Vendor and architecture. */
  readonly name: string
  readonly software: boolean
}

/** GPUAdapterInfo, as far as it tells software from hardware. */
interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description?: string
  readonly isFallbackAdapter?: boolean
}

/** Whether a driver calls itself by the name of one that draws on the processor. */
export const isSoftwareName = (name: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(name)

/** Whether an adapter is a processor's imitation of one: SwiftShader, llvmpipe, WARP. */
export function isSoftware(info: AdapterInfo): boolean {
  if (info.isFallbackAdapter === true) return true
  return isSoftwareName(`${info.vendor} ${info.architecture} ${info.description ?? ''}`)
}

/** GPUDevice, as far as it tells of its failures. */
interface Device {
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void
}

/**
 * Watches the device of TensorFlow.js's webgpu backend: a lost device and an invalid shader give zeros and
 * raise nothing. `guard` passes results through until either happens; from then on it rejects with the reason.
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
