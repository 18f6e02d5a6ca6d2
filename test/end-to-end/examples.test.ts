import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { requireChromium } from '#harness/machine/chromium.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { cli, runProgram } from './built-command.ts'

// The examples in a folder of their own, beside an installed package.

const root = packageFolder()
const folder = mkdtempSync(join(tmpdir(), 'hearsay-examples-'))
const examples = join(folder, 'examples')
cpSync(join(root, 'examples'), examples, { recursive: true })
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'hearsay'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tsx = join(root, 'node_modules', '.bin', 'tsx')
const run = (file: string) => runProgram(tsx, [join(examples, file)], { cwd: folder })

test('every TypeScript example type-checks as strictly as its users may', () => {
  const files = readdirSync(examples).filter((file) => /\.m?ts$/.test(file))
  expect(files.length).toBeGreaterThan(2)
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    types: [],
  }
  const config = join(folder, 'tsconfig.json')
  writeFileSync(config, JSON.stringify({ compilerOptions, files: files.map((file) => join(examples, file)) }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  expect(spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' }).stdout).toBe('')
})

test('a run from code draws its events and ends with the verdict', async () => {
  const { code, stdout, stderr } = await run('run.mts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.trim().split('\n')
  expect(lines.slice(0, -1).map((line) => Number(/^round +(\d+) [█·]{40} \d+\.\d %$/.exec(line)?.[1]))).toEqual([
    2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
  ])
  expect(lines.at(-1)).toMatch(/^as expected: worst peer [5-9]\d\.\d %$/)
})

test('a sweep ends with a table of its cells, and keeps nothing on disk', async () => {
  const before = readdirSync(tmpdir())
  const { code, stdout, stderr } = await run('sweep.mts')
  expect(code, stderr).toBe(0)
  expect(stderr.trim().split('\n')).toHaveLength(12)
  for (const cell of [/average +│ 'LIE'|'average' +│ 'LIE'/, /'Krum' +│ 'sign flip'/, /\d\d\.\d %/])
    expect(stdout).toMatch(cell)
  expect(readdirSync(folder)).not.toContain('runs')
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('hearsay-sweep-') && !before.includes(name))).toEqual(
    [],
  )
})

test('a rule works in a page that vite bundles', async () => {
  const outDir = join(folder, 'page')
  const page = join(examples, 'rule-in-a-page')
  await build({ root: page, configFile: false, logLevel: 'silent', base: './', build: { outDir, emptyOutDir: true } })
  const server = await preview({
    root: page,
    configFile: false,
    logLevel: 'silent',
    build: { outDir },
    preview: { port: 0 },
  })
  const browser = await chromium.launch({ executablePath: requireChromium().path, args: ['--no-sandbox'] })
  try {
    const tab = await browser.newPage()
    await tab.goto(server.resolvedUrls?.local[0] ?? '')
    expect(await tab.locator('#robust').textContent()).toBe('2.50 10.50')
    await tab.locator('#vectors').fill('1 10\n2')
    expect(await tab.locator('#error').textContent()).toBe('average: vectors[1]: must have 2 numbers, got 1')
  } finally {
    await browser.close()
    await server.close()
  }
})

test('the CI job checks and runs an experiment, and fails when an expectation fails', async () => {
  const { jobs } = parse(readFileSync(join(examples, 'ci-run.yml'), 'utf8'))
  const steps = jobs.swarm.steps as readonly { readonly run?: string }[]
  const lines = steps.flatMap(({ run }) => (run?.startsWith('npx hearsay') ? [run] : []))
  expect(lines).toHaveLength(2)
  const bin = join(folder, 'node_modules', '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'hearsay'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'package.json'), '{}')
  const job = async (accuracy: number) => {
    writeFileSync(join(folder, 'experiment.yaml'), experiment(accuracy))
    return runProgram('bash', ['-e', '-c', lines.join('\n')], { cwd: folder })
  }
  expect(await job(0.3)).toMatchObject({ code: 0 })
  expect(await job(0.99)).toMatchObject({ code: 1 })
  expect(readdirSync(join(folder, 'runs'))).toHaveLength(2)
})

function experiment(accuracy: number): string {
  return `name: job
peers: 4
topology: ring
learning: { dataset: digits, model: softmax-regression }
aggregation: median
runtime: processes
rounds: { count: 2 }
expect: [{ metric: accuracy.mean, atLeast: ${accuracy} }]
`
}

test('the table of examples names every example', () => {
  const table = readFileSync(join(examples, 'README.md'), 'utf8')
  for (const name of readdirSync(examples)) if (name !== 'README.md') expect(table).toContain(`](${name})`)
})
