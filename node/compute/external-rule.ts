import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { checkedAnswer, inOneLine, OwnCodeError } from '#aggregation/contract.ts'
import {
  type AggregationInput,
  type AggregationOutput,
  type ConfiguredRule,
  resolveTolerance,
  type Tolerance,
} from '#aggregation/rule.ts'
import { packageFolder } from '../data/package-folder.ts'

/** An external rule (a program or a module of the user), ready to run in this thread. */
export interface ExternalRule {
  aggregate(input: AggregationInput): Promise<AggregationOutput>
  /** Resolves when the rule's program runs, and rejects with OwnCodeError if it does not start. */
  readonly ready: Promise<void>
  /** Ends the rule's program, if it has one; resolves when the program has exited. */
  close(): Promise<void>
}

/** Watches a rule from outside of this thread: its program may outlive the thread, and its module may block it. */
export interface RuleWatch {
  /** The program of a rule started or exited. */
  started(pid: number): void
  gone(pid: number): void
  /** A module of the user begins or ends an aggregation. */
  begins(): void
  ends(): void
}

/** Milliseconds that a program may take to exit after its stdin closes. */
const graceMs = 1000

/** The section `aggregation: { name: command | module, ... }`, checked by the schema. */
export interface ExternalConfig {
  readonly name: string
  readonly command?: readonly string[]
  readonly module?: string
  readonly f: Tolerance
  /** Maximum time of one aggregation. */
  readonly timeoutMs: number
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The rule in messages: its file, or its program with arguments, on one line of at most 80 characters. */
export function labelOf({ command, module }: Pick<ExternalConfig, 'command' | 'module'>): string {
  const text = (command?.join(' ') ?? module ?? '').replaceAll(/\s+/g, ' ')
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`
}

/**
 * Starts the program or loads the module of an external rule, for neighbourhoods of n vectors. Throws RangeError if the
 * module is missing, does not compile, does not load or exports no rule. The rule's `aggregate` throws OwnCodeError.
 */
export async function openExternalRule(config: ExternalConfig, n: number, watch: RuleWatch): Promise<ExternalRule> {
  if (config.command) return startCommand(config.command, config, watch)
  if (config.module) return loadModule(config.module, config, n, watch)
  throw new RangeError(`aggregation ${config.name} needs a command or a module`)
}

/** Starts one program for this thread. It answers requests in order. `close` ends its stdin, then kills it. */
function startCommand(
  [program = '', ...rest]: readonly string[],
  { f, parameters, timeoutMs }: ExternalConfig,
  watch: RuleWatch,
): ExternalRule {
  const name = labelOf({ command: [program, ...rest] })
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
  let timer: NodeJS.Timeout | undefined
  const end = (reason: string): void => {
    ended ??= new OwnCodeError(`the rule ${name} ${reason}`)
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  child.once('error', (error) => end(`does not start: ${error.message}`))
  child.once('exit', (code, signal) => end(`ended (${signal ?? `exit code ${code}`})`))
  child.stdin?.on('error', () => end('does not read its input'))
  const ready = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', () => reject(ended))
  })
  ready.catch(() => {})
  // The program does not keep this thread alive.
  child.unref()
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const next = waiting.shift()
      if (next) next.resolve(line)
      else end(`answered without a request: ${line.slice(0, 80)}`)
    })
  }
  return {
    ready,
    async aggregate(input) {
      if (ended) throw ended
      const line = await new Promise<string>((resolveLine, reject) => {
        waiting.push({ resolve: resolveLine, reject })
        child.stdin?.write(
          `${JSON.stringify(requestOf(input, resolveTolerance(f, input.vectors.length), parameters))}\n`,
        )
        timer = setTimeout(() => {
          end(`did not answer within ${timeoutMs} ms (timeoutMs)`)
          child.kill('SIGKILL')
        }, timeoutMs)
      }).finally(() => clearTimeout(timer))
      return answerOf(line, input, name)
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

/** Parses and checks the answer of a program. Throws OwnCodeError. */
function answerOf(line: string, input: AggregationInput, name: string): AggregationOutput {
  let answer: unknown
  try {
    answer = JSON.parse(line)
  } catch {
    throw new OwnCodeError(`the rule ${name} answered a line that is not JSON: ${line.slice(0, 80)}`)
  }
  const { error } = Object(answer) as { readonly error?: unknown }
  if (error !== undefined) throw new OwnCodeError(`the rule ${name} refused: ${String(error)}`)
  return checkedAnswer(name, answer, input, 'influence')
}

/** Imports the file, compiled by esbuild if it is TypeScript, and configures its export `rule`. */
async function loadModule(
  file: string,
  { f, parameters }: ExternalConfig,
  n: number,
  watch: RuleWatch,
): Promise<ExternalRule> {
  const path = resolve(file)
  if (!existsSync(path)) throw new RangeError(`aggregation.module: there is no file ${file}`)
  const loaded = await imported(path, file)
  const rule = loaded.rule as { name?: string; configure?: (values: unknown, n: number) => ConfiguredRule } | undefined
  if (typeof rule?.configure !== 'function') {
    throw new RangeError(`aggregation.module: ${file} does not export a const rule made by defineRule`)
  }
  // A rule without the parameter f rejects it.
  const configured = configureWith(rule.configure.bind(rule), rule.name ?? '', parameters, f, n)
  return {
    async aggregate(input) {
      watch.begins()
      try {
        return checkedAnswer(file, answerTo(configured, privateCopy(input), file), input)
      } finally {
        watch.ends()
      }
    },
    ready: Promise.resolve(),
    close: async () => {},
  }
}

function answerTo(configured: ConfiguredRule, input: AggregationInput, file: string): unknown {
  try {
    return configured.aggregate(input)
  } catch (error) {
    throw new OwnCodeError(`the rule ${file} threw: ${inOneLine(error)}`)
  }
}

/** The input with new arrays: a rule may write into them, and other peers and threads use the original ones. */
function privateCopy({ distances: _, ...input }: AggregationInput): AggregationInput {
  return {
    ...input,
    vectors: input.vectors.map((vector) => vector.slice()),
    weights: [...input.weights],
    ...(input.state ? { state: input.state.slice() } : {}),
  }
}

function configureWith(
  configure: (values: unknown, n: number) => ConfiguredRule,
  name: string,
  parameters: ExternalConfig['parameters'],
  f: Tolerance,
  n: number,
): ConfiguredRule {
  if (f === 0) return configure({ name, ...parameters }, n)
  return configure({ name, f, ...parameters }, n)
}

/** Imports JavaScript as it is, and TypeScript bundled by esbuild, which leaves no file behind. */
async function imported(path: string, file: string): Promise<{ rule?: unknown }> {
  if (!/\.[cm]?tsx?$/.test(path)) return evaluated(path, file)
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-rule-'))
  try {
    const bundle = join(folder, 'rule.mjs')
    await compile(path, bundle, file)
    return await evaluated(bundle, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Imports a module. Throws RangeError if it does not parse or throws. */
async function evaluated(path: string, file: string): Promise<{ rule?: unknown }> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    throw new RangeError(`aggregation.module: ${file} does not load: ${inOneLine(error)}`)
  }
}

/** Bundles TypeScript to one module; `hearsay/...` is this package. Throws RangeError where it does not compile. */
async function compile(path: string, outfile: string, file: string): Promise<void> {
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
      `aggregation.module: ${file} does not compile: ${error.message.split('\n')[1] ?? error.message}`,
    )
  })
}
