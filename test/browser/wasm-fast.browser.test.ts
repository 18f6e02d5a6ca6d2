import { expect, test } from 'vitest'
import { openEngine } from '#learning/engines/open-engine.ts'
import { browserEngines } from '../../browser/compute/engine.ts'
import { distanceFromWasm } from '../learning/engines/fast-distance.ts'

test('wasm-fast computes in a tab what wasm does but for the last bits', async () => {
  const fast = await openEngine('wasm-fast', browserEngines('/'))
  expect(fast.report).toEqual({ engine: 'wasm-fast', hardware: false })
  expect(await distanceFromWasm(fast)).toBeLessThan(1e-5)
})
