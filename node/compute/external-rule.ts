import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { AggregationInput, AggregationOutput, ConfiguredRule } from '#aggregation/rule.ts'
import { packageFolder } from '../data/package-folder.ts'

/** An external rule (a program or a module of the user), ready to run in this thread. */
export interface ExternalRule {
  aggregate(input: AggregationInput): Promise<AggregationOutput>
  /** Ends the rule's program, if it has one; resolves when the program has exited. */
  close(): Promise<void>
}

/** Learns when the program of a rule starts and exits, and can end the program if this thread dies first. */
export interface ProgramWatch {
  started(pid: number): void
  gone(pid: number): void
}

/** Milliseconds that a program may take to exit after its stdin closes. */
const graceMs = 1000

/** The section `aggregation: { name: command | module, ... }`, checked by the schema. */
export interface ExternalConfig {
  readonly name: string
  readonly command?: readonly string[]
  readonly module?: string
  readonly f: number
  readonly parameters: Readonly<Record<string, unknown>>
}

/**
 * Starts the program or loads the module of an external rule, for neighbourhoods of n vectors. Throws RangeError if the
 * module is missing, does not compile or exports no rule.
 */
export async function openExternalRule(config: ExternalConfig, n: number, watch: ProgramWatch): Promise<ExternalRule> {
  if (config.command) return startCommand(config.command, config, watch)
  if (config.module) return loadModule(config.module, config, n)
  throw new RangeError(`aggregation ${config.name} needs a command or a module`)
}

/** Starts one program for this thread. It answers requests in order. `close` ends its stdin, then kills it. */
function startCommand(
  [program = '', ...rest]: readonly string[],
  { f, parameters }: ExternalConfig,
  watch: ProgramWatch,
): ExternalRule {
  const child: ChildProcess = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const { pid } = child
  // A child without a pid never started.
  const gone =
    pid === undefined ? Promise.resolve() : new Promise<void>((resolve) => child.once('exit', () => resolve()))
  if (pid !== undefined) {
    watch.started(pid)
    child.once('exit', () => watch.gone(pid))
  }
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = []
  let ended: Error | undefined
  const end = (reason: string): void => {
    ended ??= new RangeError(`the rule ${[program, ...rest].join(' ')} ${reason}`)
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  child.once('error', (error) => end(`does not start: ${error.message}`))
  child.once('exit', (code, signal) => end(`ended (${signal ?? `exit code ${code}`})`))
  child.stdin?.on('error', () => end('does not read its input'))
  // The program does not keep this thread alive.
  child.unref()
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line))
  }
  return {
    async aggregate(input) {
      if (ended) throw ended
      const line = await new Promise<string>((resolveLine, reject) => {
        waiting.push({ resolve: resolveLine, reject })
        child.stdin?.write(`${JSON.stringify(requestOf(input, f, parameters))}\n`)
      })
      return answerOf(line, input, program)
    },
    async close() {
      child.ref()
      child.stdin?.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await gone
      clearTimeout(timer)
    },
  }
}

function requestOf(input: AggregationInput, f: number, parameters: ExternalConfig['parameters']) {
  const { vectors, own, weights, round, rounds, state } = input
  return {
    inputs: vectors.map((vector) => [...vector]),
    own,
    weights,
    round,
    rounds,
    f,
    parameters,
    ...(state === undefined ? {} : { state: [...state] }),
  }
}

/** Parses and checks the answer of a program. Throws RangeError for anything but d finite numbers. */
function answerOf(line: string, { vectors }: AggregationInput, program: string): AggregationOutput {
  const d = vectors[0]?.length ?? 0
  const say = (what: string): never => {
    throw new RangeError(`the rule ${program} ${what}`)
  }
  let answer: { output?: unknown; influence?: unknown; state?: unknown; error?: unknown }
  try {
    answer = JSON.parse(line) as typeof answer
  } catch {
    return say(`answered a line that is not JSON: ${line.slice(0, 80)}`)
  }
  if (answer.error !== undefined) return say(`refused: ${String(answer.error)}`)
  const { output, influence, state } = answer
  if (!isNumbers(output) || output.length !== d) return say(`must answer { "output": [${d} numbers] }`)
  const shares = isNumbers(influence) && influence.length === vectors.length ? influence : undefined
  return {
    output: Float32Array.from(output),
    influence: shares ?? vectors.map(() => 1 / vectors.length),
    ...(isNumbers(state) ? { state: Float32Array.from(state) } : {}),
  }
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((number) => typeof number === 'number' && Number.isFinite(number))
}

/** Imports the file, compiled by esbuild if it is TypeScript, and configures its export `rule`. */
async function loadModule(file: string, { f, parameters }: ExternalConfig, n: number): Promise<ExternalRule> {
  const path = resolve(file)
  if (!existsSync(path)) throw new RangeError(`aggregation.module: there is no file ${file}`)
  const loaded = await imported(path)
  const rule = loaded.rule as { name?: string; configure?: (values: unknown, n: number) => ConfiguredRule } | undefined
  if (typeof rule?.configure !== 'function') {
    throw new RangeError(`aggregation.module: ${file} does not export a const rule made by defineRule`)
  }
  // A rule without the parameter f rejects it.
  const configured = configureWith(rule.configure.bind(rule), rule.name ?? '', parameters, f, n)
  return { aggregate: async (input) => configured.aggregate(input), close: async () => {} }
}

function configureWith(
  configure: (values: unknown, n: number) => ConfiguredRule,
  name: string,
  parameters: ExternalConfig['parameters'],
  f: number,
  n: number,
): ConfiguredRule {
  if (f === 0) return configure({ name, ...parameters }, n)
  return configure({ name, f, ...parameters }, n)
}

/** Imports JavaScript as it is, and TypeScript bundled by esbuild, which leaves no file behind. */
async function imported(path: string): Promise<{ rule?: unknown }> {
  if (!/\.[cm]?tsx?$/.test(path)) return import(pathToFileURL(path).href)
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-rule-'))
  try {
    const bundle = join(folder, 'rule.mjs')
    await compile(path, bundle)
    return await import(pathToFileURL(bundle).href)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Bundles TypeScript to one module; `hearsay/...` is this package. Throws RangeError where it does not compile. */
async function compile(path: string, outfile: string): Promise<void> {
  const { build } = await import('esbuild')
  const dist = join(packageFolder(), 'dist')
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    plugins: [
      {
        name: 'hearsay',
        setup(builder) {
          builder.onResolve({ filter: /^hearsay\// }, (found) => ({
            path: pathToFileURL(join(dist, `${found.path.slice('hearsay/'.length)}.js`)).href,
            external: true,
          }))
        },
      },
    ],
  }).catch((error: Error) => {
    throw new RangeError(
      `aggregation.module: ${path} does not compile: ${error.message.split('\n')[1] ?? error.message}`,
    )
  })
}
