import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadExperiment } from '#harness/config/load.ts'
import { presetNames } from '#harness/config/presets.ts'
import { initialise, schemaPath } from '#harness/init/init.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { cli, runProgram } from '../../end-to-end/built-command.ts'

const root = mkdtempSync(join(tmpdir(), 'hearsay-init-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A project with the JSON schema installed, as `npm install hearsay` leaves it. */
const project = join(root, 'project')
mkdirSync(join(project, 'node_modules/hearsay/docs'), { recursive: true })
writeFileSync(join(project, 'node_modules/hearsay/docs/experiment.schema.json'), '{}')
const file = join(project, 'experiment.yaml')
initialise(file)
const text = readFileSync(file, 'utf8')

const schema = JSON.parse(readFileSync(join(packageFolder(), 'docs/experiment.schema.json'), 'utf8'))
const accepts = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)

test('the first line names the installed schema, from the folder of the file', () => {
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=node_modules/hearsay/docs/experiment.schema.json')
  const inner = join(project, 'studies', 'first')
  mkdirSync(inner, { recursive: true })
  initialise(join(inner, 'my.yaml'))
  expect(readFileSync(join(inner, 'my.yaml'), 'utf8').split('\n')[0]).toBe(
    '# yaml-language-server: $schema=../../node_modules/hearsay/docs/experiment.schema.json',
  )
})

test('in a checkout the schema is that of the checkout; an installation elsewhere has no relative path', () => {
  const elsewhere = join(root, 'elsewhere')
  expect(schemaPath(join(root, 'checkout'), join(root, 'checkout'))).toBe('docs/experiment.schema.json')
  expect(schemaPath(elsewhere, join(root, 'checkout'))).toBe('../checkout/docs/experiment.schema.json')
  expect(schemaPath(elsewhere, join(root, 'lib/node_modules/hearsay'))).toBeUndefined()
})

test('without a relative path the file has no line about the schema', () => {
  const outside = join(root, 'outside.yaml')
  const { schema: named } = initialise(outside, undefined, join(root, 'lib/node_modules/hearsay'))
  expect(named).toBeUndefined()
  expect(readFileSync(outside, 'utf8')).not.toContain('$schema')
})

test('the schema accepts the experiment and every preset, and refuses a slip in each section', () => {
  const experiment = parse(text)
  expect(accepts(experiment) ? [] : accepts.errors).toEqual([])
  for (const name of presetNames()) {
    const preset = join(project, `${name}.yaml`)
    initialise(preset, name)
    expect(accepts(parse(readFileSync(preset, 'utf8'))) ? [] : accepts.errors).toEqual([])
  }
  expect(accepts({ ...experiment, raunds: { count: 3 } })).toBe(false)
  for (const section of ['peers', 'topology', 'learning', 'aggregation', 'attack', 'rounds', 'runtime'])
    expect({ section, accepted: accepts({ ...experiment, [section]: { ...experiment[section], slip: 1 } }) }).toEqual({
      section,
      accepted: false,
    })
  expect(accepts({ ...experiment, aggregation: { name: 'medain' } })).toBe(false)
})

/** The values that the comments name, each with the path of the key below. */
function alternatives(): [path: string, value: string][] {
  const found: [string, string][] = []
  let section = ''
  let values: string[] = []
  for (const line of text.split('\n')) {
    const value = /^ *# {3}or (.*)$/.exec(line)?.[1]
    if (value !== undefined) values.push(value)
    const [, indent, key] = /^( *)(\w+):/.exec(line) ?? []
    if (key === undefined) continue
    const path = indent === '' ? key : `${section}.${key}`
    if (indent === '') section = key
    found.push(...values.map((one): [string, string] => [path, one]))
    values = []
  }
  return found
}

describe('each alternative in the comments is a valid value', () => {
  test.each(alternatives())('%s: %s', (path, value) => {
    expect(() => loadExperiment(file, [`${path}=${value}`])).not.toThrow()
  })
})

test('the comments name alternatives for the main options', () => {
  const paths = new Set(alternatives().map(([path]) => path))
  expect([...paths]).toEqual(
    expect.arrayContaining(['topology', 'aggregation', 'attack', 'runtime', 'peers.placement', 'learning.partition']),
  )
})

test('the sweep in the comments is valid once its # are removed', () => {
  const swept = join(project, 'swept.yaml')
  const [before, after = ''] = text.split('# sweep:\n')
  writeFileSync(swept, `${before}sweep:\n${after.replaceAll(/^# /gm, '')}`)
  expect(loadExperiment(swept).sweep?.seeds).toBe(3)
})

test('an existing file stays, and other names are refused', () => {
  expect(() => initialise(file)).toThrow(/experiment\.yaml: exists already; choose another name$/)
  expect(readFileSync(file, 'utf8')).toBe(text)
  expect(() => initialise(join(project, 'my.txt'))).toThrow(/ends in \.yaml or \.yml$/)
  expect(() => initialise(join(project, 'no/my.yaml'))).toThrow(/cannot be written \(ENOENT\)$/)
  expect(() => initialise(join(project, 'my.yaml'), 'quickstrat')).toThrow(/did you mean quickstart\?$/)
})

test('the command writes an experiment that runs as it is and passes', async () => {
  const folder = join(root, 'fresh')
  mkdirSync(folder)
  const hearsay = (...args: string[]) => runProgram(process.execPath, [cli, ...args], { cwd: folder })
  const written = await hearsay('init')
  expect({ code: written.code, out: written.stdout }).toEqual({
    code: 0,
    out: 'experiment.yaml is written. Check it with: hearsay check experiment.yaml; run it with: hearsay run experiment.yaml\n',
  })
  const again = await hearsay('init')
  expect({ code: again.code, err: again.stderr }).toEqual({
    code: 2,
    err: 'hearsay: experiment.yaml: exists already; choose another name\n',
  })
  const checked = await hearsay('check', 'experiment.yaml')
  expect({ code: checked.code, err: checked.stderr }).toEqual({ code: 0, err: '' })
  const run = await hearsay('run', 'experiment.yaml')
  expect(run.stdout).toContain('Pass: as expected')
  expect(run.code).toBe(0)
})
