import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packageFolder } from '#node/data/package-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-consumer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const consumer = `
import { median } from 'hearsay/aggregation/rules/median'
import { littleIsEnough } from 'hearsay/attacks/methods/little-is-enough'
import { experimentSchema, type Experiment } from 'hearsay/protocol/experiment/schema'
import { mixingRow } from 'hearsay/topology/mixing'

const rule = median.configure({ name: 'median' }, 3)
const vectors = [Float32Array.of(1, 9), Float32Array.of(2, 8), Float32Array.of(90, -7)]
const { output }: { readonly output: Float32Array } = rule.aggregate({ vectors, own: 0, weights: [1/3, 1/3, 1/3], round: 0, rounds: 1 })
const attack: string = littleIsEnough.name
const parsed = experimentSchema.safeParse({ name: 'x' })
const experiment: Experiment | undefined = parsed.data
console.log(JSON.stringify([[...output], attack, experiment ?? 'invalid', mixingRow([[1], [0]], 0).weights]))
`

test('the packed package installs elsewhere, type-checks strictly and runs', () => {
  const root = packageFolder()
  // The build exists already; packing must not build again while other tests run.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root })
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${archive}`], {
    cwd: folder,
    stdio: 'pipe',
  })
  expect(readdirSync(join(folder, 'node_modules'))).not.toContain('react-native')
  writeFileSync(join(folder, 'consumer.ts'), consumer)
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    types: [],
    outDir: 'out',
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const checked = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  })
  expect(checked.stdout).toBe('')
  const printed = execFileSync(process.execPath, [join(folder, 'out', 'consumer.js')], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(JSON.parse(printed)).toEqual([[2, 8], 'little-is-enough', 'invalid', [0.5, 0.5]])
  const version = execFileSync(join(folder, 'node_modules', '.bin', 'hearsay'), ['--version'], { encoding: 'utf8' })
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
  const schema = ['--input-type=module', '-e', "console.log(import.meta.resolve('hearsay/experiment.schema.json'))"]
  expect(execFileSync(process.execPath, schema, { cwd: folder, encoding: 'utf8' })).toMatch(
    /\/node_modules\/hearsay\/docs\/experiment\.schema\.json\n$/,
  )
  execFileSync(join(folder, 'node_modules', '.bin', 'hearsay'), ['init'], { cwd: folder })
  expect(readFileSync(join(folder, 'experiment.yaml'), 'utf8')).toMatch(
    /^# yaml-language-server: \$schema=node_modules\/hearsay\/docs\/experiment\.schema\.json\n/,
  )
})
