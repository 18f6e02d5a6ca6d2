// The worker of training-chromium.ts: answers with the milliseconds of one step of a task, or of an evaluation.
import { createTask, type TrainingTask } from '#harness/bench/training.ts'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'
import { wasmFastEngine } from '#learning/engines/wasm-fast-engine.ts'

const tasks = new Map<string, ReturnType<typeof createTask>>()

addEventListener('message', async ({ data: { fast, task } }: MessageEvent<{ fast: boolean; task: TrainingTask }>) => {
  const candidate = fast ? wasmFastEngine() : wasmEngine()
  const key = JSON.stringify(task)
  const known = tasks.get(key) ?? candidate.open({ software: false }).then((engine) => createTask(engine, task))
  tasks.set(key, known)
  const run = await known
  const start = performance.now()
  await run(task.steps)
  postMessage((performance.now() - start) / task.steps)
})
