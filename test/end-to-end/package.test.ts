import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build as esbuild } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { build as vite } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder } from '#node/data/package-folder.ts'

// The package as its users have it: packed, and installed in an empty project.

const folder = mkdtempSync(join(tmpdir(), 'hearsay-consumer-'))
const installed = join(folder, 'node_modules', 'hearsay')

beforeAll(() => {
  // The build exists already; packing must not build again while other tests run.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: packageFolder() })
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${archive}`], {
    cwd: folder,
    stdio: 'pipe',
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const typed = `
import { krum, littleIsEnough, nnm, ring, simulate, trimmedMean } from 'hearsay'
import type { ExperimentInput, Rule, Summary } from 'hearsay'
import { defineRule } from 'hearsay/aggregation/rule'
import { defineAttack } from 'hearsay/attacks/attack'

const vectors = [[1], [2], [3], [4], [5]]
const output: Float32Array = krum({ f: 1 })(vectors)
const rule: Rule = trimmedMean({ f: { share: 0.2 }, before: [nnm({ f: 1 })] })
const { influence } = rule(vectors, { own: 0 })
const experiment = {
  name: 'consumer',
  peers: 5,
  topology: ring(),
  aggregation: 'median',
  learning: { dataset: 'digits', model: 'softmax-regression' },
  rounds: { count: 2 },
} satisfies ExperimentInput
export const wrong = [
  // @ts-expect-error f is missing
  () => krum(),
  // @ts-expect-error there is no such key
  () => littleIsEnough({ zz: 1 }),
  // @ts-expect-error there is no such rule
  (): ExperimentInput => ({ ...experiment, aggregation: 'medain' }),
]
const summary: Summary = await simulate(experiment)
console.log(JSON.stringify([[...output], influence?.length, summary.verdict.kind, typeof defineRule, typeof defineAttack]))
`

test.each([
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('its types check under module %s and resolution %s, declarations included', (module, moduleResolution) => {
  writeFileSync(join(folder, 'consumer.ts'), typed)
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module,
    moduleResolution,
    types: [],
    outDir: 'out',
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const tsc = join(packageFolder(), 'node_modules/typescript/bin/tsc')
  expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout).toBe('')
})

test('its rules and runs work, and print nothing of their own', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'out', 'consumer.js')], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect({ stdout: JSON.parse(stdout), stderr }).toEqual({
    stdout: [[2], 5, 'as expected', 'function', 'function'],
    stderr: '',
  })
  expect(readdirSync(folder)).not.toContain('runs')
})

test('its command works', () => {
  const version = execFileSync(join(folder, 'node_modules', '.bin', 'hearsay'), ['--version'], { encoding: 'utf8' })
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('it exports nothing internal', async () => {
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  expect(Object.keys(exports)).toEqual([
    '.',
    './aggregation/rule',
    './attacks/attack',
    './experiment.schema.json',
    './package.json',
  ])
})

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false })
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
})

const page = `import { krum } from 'hearsay'
globalThis.result = [...krum({ f: 1 })([[1], [2], [3], [4], [50]])]
`
/** A page that imports one rule loads at most this much, gzipped. */
const maxBytes = 60_000

test.each(['esbuild', 'vite'])('a page that imports krum alone is small with %s', async (bundler) => {
  writeFileSync(join(folder, 'page.js'), page)
  const code = bundler === 'esbuild' ? await bundledByEsbuild() : await bundledByVite()
  expect(gzipSync(code).byteLength).toBeLessThan(maxBytes)
  const scope: { result?: number[] } = {}
  new Function('globalThis', code)(scope)
  expect(scope.result).toEqual([2])
})

async function bundledByEsbuild(): Promise<string> {
  const { outputFiles } = await esbuild({
    entryPoints: [join(folder, 'page.js')],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function bundledByVite(): Promise<string> {
  const result = await vite({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry: join(folder, 'page.js'), formats: ['iife'], name: 'page' } },
  })
  const [output] = Array.isArray(result) ? result : [result]
  return output && 'output' in output ? (output.output[0].code ?? '') : ''
}

test('it installs none of the packages that only some engines need', () => {
  const names = readdirSync(join(folder, 'node_modules'))
  for (const name of ['react-native', '@tensorflow', 'webgpu', 'vite', 'typescript']) expect(names).not.toContain(name)
})
