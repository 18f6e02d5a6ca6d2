import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { packageFolder } from '#node/data/package-folder.ts'

/** The built command. */
export const cli = join(packageFolder(), 'dist', 'harness', 'cli.js')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Whether any process that the command started outlived it by a second. */
  readonly leftovers: boolean
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** Sends Ctrl-C to the whole process group, as a terminal does, when stderr matches this. */
  readonly interruptAt?: RegExp
  /** Kills the whole process group when stderr matches this, as if the machine went down. */
  readonly killAt?: RegExp
}

/** If CI is set, vitest sets FORCE_COLOR for its workers; a shell in CI does not. */
const { FORCE_COLOR: _, ...surroundings } = process.env

/** Runs a program as a shell in CI does: in its own process group, with its output in pipes. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {}, input = '', interruptAt, killAt }: CommandOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...surroundings, CI: 'true', ...env },
      detached: true,
    })
    const group = -(child.pid as number)
    let stdout = ''
    let stderr = ''
    let signalled = false
    child.once('error', reject)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      const [ended, signal] = killAt?.test(stderr) ? [true, 'SIGKILL'] : [interruptAt?.test(stderr) === true, 'SIGINT']
      if (signalled || !ended) return
      signalled = true
      process.kill(group, signal)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('close', async (code) => {
      for (let waits = 0; waits < 20 && lives(group); waits++) await setTimeout(50)
      const leftovers = lives(group)
      if (leftovers) process.kill(group, 'SIGKILL')
      resolve({ code, stdout, stderr, leftovers })
    })
  })
}

function lives(group: number): boolean {
  try {
    process.kill(group, 0)
    return true
  } catch {
    return false
  }
}
