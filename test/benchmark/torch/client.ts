import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Torch on one thread: a process (torch/training.py) that answers lines. */
export interface Torch {
  readonly version: string
  /** Asks a question; resolves to the milliseconds in the answer. */
  ask(question: string): Promise<number>
  close(): void
}

/** Starts /usr/bin/python3, or the Python that PYTHON names. Undefined if it has no torch. */
export async function openTorch(options: readonly string[] = []): Promise<Torch | undefined> {
  const script = fileURLToPath(new URL('./training.py', import.meta.url))
  const child = spawn(process.env.PYTHON ?? '/usr/bin/python3', [script, ...options], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { stdin } = child
  child.on('error', () => {})
  stdin.on('error', () => {})
  const hello = await lines.next()
  if (hello.done) return undefined
  return {
    version: hello.value,
    async ask(question) {
      stdin.write(`${question}\n`)
      const answer = await lines.next()
      if (answer.done) throw new Error('torch ended')
      return Number(answer.value)
    },
    close: () => stdin.end(),
  }
}
