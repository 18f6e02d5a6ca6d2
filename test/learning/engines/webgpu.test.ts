import { expect, test } from 'vitest'
import { guardContext } from '#learning/engines/webgl.ts'
import { guardDevice, isSoftware } from '#learning/engines/webgpu.ts'

type Listener = (event: { readonly error: { readonly message: string } }) => void

/** A device that fails on demand, as far as `guardDevice` sees one. */
function deviceThatCanFail() {
  const listeners: Listener[] = []
  let lose: (info: { reason: string; message: string }) => void = () => {}
  const device = {
    lost: new Promise<{ reason: string; message: string }>((resolve) => {
      lose = resolve
    }),
    addEventListener: (_: 'uncapturederror', listener: Listener) => listeners.push(listener),
  }
  return {
    guarded: guardDevice({ device }, { name: 'acme one', software: false }),
    lose,
    raise: (message: string) => {
      for (const listener of listeners) listener({ error: { message } })
    },
  }
}

test('flag and name tell software adapters from hardware', () => {
  const info = (architecture: string, more: object = {}) => ({ vendor: 'google', architecture, ...more })
  expect(isSoftware(info('swiftshader'))).toBe(true)
  expect(isSoftware({ vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 15)' })).toBe(true)
  expect(isSoftware({ vendor: 'microsoft', architecture: '', description: 'Microsoft Basic Render Driver' })).toBe(true)
  expect(isSoftware(info('', { isFallbackAdapter: true }))).toBe(true)
  expect(isSoftware({ vendor: 'nvidia', architecture: 'hopper', isFallbackAdapter: false })).toBe(false)
})

test('results and errors of the work pass through while the device works', async () => {
  const { guarded } = deviceThatCanFail()
  expect(guarded.report).toEqual({ engine: 'tfjs-webgpu', adapter: 'acme one', hardware: true })
  expect(await guarded.guard(Promise.resolve(3))).toBe(3)
  await expect(guarded.guard(Promise.reject(new Error('mine')))).rejects.toThrow('mine')
})

test('a lost device rejects pending and later results', async () => {
  const { guarded, lose } = deviceThatCanFail()
  const waiting = guarded.guard(new Promise(() => {}))
  lose({ reason: 'unknown', message: 'driver reset' })
  await expect(waiting).rejects.toThrow('WebGPU device lost (unknown): driver reset')
  await expect(guarded.guard(Promise.resolve(1))).rejects.toThrow('driver reset')
})

test('after an uncaptured error all results are rejected, with the first reason', async () => {
  const { guarded, raise } = deviceThatCanFail()
  raise('invalid shader')
  raise('second')
  await expect(guarded.guard(Promise.resolve(1))).rejects.toThrow('WebGPU error: invalid shader')
  // An unhandled rejection would end a Node process.
  await expect(guarded.guard(Promise.reject(new Error('mine')))).rejects.toThrow('invalid shader')
})

test('a lost WebGL context rejects pending and later results', async () => {
  const canvas = new EventTarget()
  const { report, guard } = guardContext({ gpgpu: { gl: { canvas } } }, { name: 'ANGLE (acme)', software: false })
  expect(report).toEqual({ engine: 'tfjs-webgl', adapter: 'ANGLE (acme)', hardware: true })
  expect(await guard(Promise.resolve(3))).toBe(3)
  const waiting = guard(new Promise(() => {}))
  canvas.dispatchEvent(new Event('webglcontextlost'))
  await expect(waiting).rejects.toThrow('WebGL context lost')
  await expect(guard(Promise.resolve(1))).rejects.toThrow('WebGL context lost')
})
