import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findChromiums } from '#harness/machine/find-chromium.ts'
import { networks } from '../../learning/engines/engine-fixtures.ts'

/** The folder of a Chromium that brings SwiftShader, a Vulkan driver on the processor, and Vulkan's loader. */
const drivers = [...findChromiums().map(({ path }) => dirname(realpathSync(path))), '/usr/lib/chromium'].find(
  (folder) => existsSync(join(folder, 'vk_swiftshader_icd.json')) && existsSync(join(folder, 'libvulkan.so.1')),
)

/** Native faults of Dawn (`terminate called ..`, a lock that never opens) end about one attempt in six. */
const attempts = 5
const attemptMs = 30_000

/** What dawn.ts prints; undefined where its process ended or hung before that, with what it complained of. */
async function answerOf(folder: string, complaints: string[]): Promise<string | undefined> {
  const script = fileURLToPath(new URL('./dawn.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=hearsay-source', script], {
    env: { ...process.env, VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: folder },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()))
  const timer = setTimeout(() => child.kill('SIGKILL'), attemptMs)
  try {
    // Dawn tells of errors on stdout too.
    for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) return line
    return undefined
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

test('Node trains on WebGPU through Dawn on a software adapter as wasm does, rejects once the device fails, and auto leaves it alone', {
  timeout: attempts * attemptMs,
}, async ({ skip }) => {
  if (!drivers) return skip('no Chromium with SwiftShader is here')
  const complaints: string[] = []
  let line: string | undefined
  for (let attempt = 0; attempt < attempts && line === undefined; attempt++) line = await answerOf(drivers, complaints)
  expect(line, complaints.join('')).toMatch(/^{/)
  const { report, auto, distances, invalid, lost } = JSON.parse(line as string)
  expect(report).toEqual({ engine: 'tfjs-webgpu', adapter: 'google swiftshader', hardware: false })
  expect(auto.engine).toBe('wasm')
  expect(auto.fallback).toMatch(/^tfjs-webgpu: (no graphics device|only a software WebGPU adapter)/)
  expect(Object.keys(distances)).toEqual(networks.map(({ model }) => model.name))
  for (const distance of Object.values(distances)) expect(distance).toBeLessThan(1e-4)
  expect(invalid).toMatch(/^WebGPU error: /)
  expect(lost).toMatch(/^WebGPU device lost/)
})
