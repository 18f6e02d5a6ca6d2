import { expect, test } from 'vitest'
import { createForecast, type ForecastTask } from '#harness/sweep/forecast.ts'

const tasks = (count: number, kind: string, estimateMs: number | null): ForecastTask[] =>
  Array.from({ length: count }, (_, i) => ({ folder: `${kind}${i}`, kind, estimateMs }))

/** Runs a task, starting at `fromMs`. */
function run(forecast: ReturnType<typeof createForecast>, folder: string, fromMs: number, tookMs: number): void {
  forecast.began(folder, fromMs)
  forecast.ended(folder, fromMs + tookMs)
}

test('before anything has run, the forecast is the estimate divided by the number of parallel runs', () => {
  expect(createForecast(tasks(10, 'a', 1000), 2).leftMs(0)).toBe(5000)
  expect(createForecast(tasks(1, 'a', 1000), 2).leftMs(0)).toBe(1000)
})

test('the first run to end hardly changes the forecast of other kinds; many runs do', () => {
  const forecast = createForecast([...tasks(20, 'a', 1000), ...tasks(10, 'b', 1000)], 1)
  run(forecast, 'a0', 0, 5000)
  // 19 more of the kind take as long as the first, the others their estimate times (4000 + 5000) / (4000 + 1000).
  expect(forecast.leftMs(5000)).toBe(19 * 5000 + 10 * 1800)
  for (let i = 1; i < 20; i++) run(forecast, `a${i}`, i * 5000, 5000)
  expect(forecast.leftMs(100_000)).toBeCloseTo((10_000 * (4000 + 100_000)) / (4000 + 20_000), 6)
})

test('a run takes as long as finished runs of its kind, not as long as estimated', () => {
  const forecast = createForecast(tasks(5, 'a', 1000), 1)
  run(forecast, 'a0', 0, 3000)
  run(forecast, 'a1', 3000, 1000)
  expect(forecast.leftMs(4000)).toBe(3 * 2000)
})

test('an unfinished run counts with its remaining share, and for the pace once a fifth of it is done', () => {
  const forecast = createForecast(tasks(2, 'a', 1000), 1)
  forecast.began('a0', 0)
  forecast.progressed('a0', 0.1)
  expect(forecast.leftMs(5000)).toBe(1900)
  forecast.progressed('a0', 0.5)
  // (4000 + 5000) / (4000 + 500) = 2 times as long as estimated.
  expect(forecast.leftMs(5000)).toBe(2 * 1500)
})

test('without estimates the forecast is null until a run has ended; at the end it is 0', () => {
  const forecast = createForecast([...tasks(2, 'a', null), ...tasks(1, 'b', null)], 1)
  expect(forecast.leftMs(0)).toBeNull()
  run(forecast, 'a0', 0, 3000)
  expect(forecast.leftMs(3000)).toBe(6000)
  run(forecast, 'a1', 3000, 3000)
  run(forecast, 'b0', 6000, 3000)
  expect(forecast.leftMs(9000)).toBe(0)
})
