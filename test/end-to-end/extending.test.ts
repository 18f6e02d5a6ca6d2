import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder } from '#node/data/package-folder.ts'
import { type Finished, runProgram } from './built-command.ts'

/** One step of docs/extending.md: the files that it creates or changes, and the commands that it runs. */
interface Step {
  /** The file that the title names. */
  readonly path: string | undefined
  readonly blocks: readonly { readonly language: string; readonly text: string }[]
}

const root = packageFolder()
const document = readFileSync(join(root, 'docs/extending.md'), 'utf8')
const sections = ['A rule in the repository', 'An attack in the repository'].map(stepsOf)
let copy = ''

/** The steps of a section: the third-level titles below a second-level title. */
function stepsOf(title: string): readonly Step[] {
  const [, section = ''] = document.split(`\n## ${title}\n`)
  const [text = ''] = section.split('\n## ')
  return text
    .split('\n### ')
    .slice(1)
    .map((step) => ({
      path: /^\d\. .*`(\S+)`\n/.exec(step)?.[1],
      blocks: [...step.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
        language,
        text: code,
      })),
    }))
}

/** A copy of the checkout: files that git knows, new files, compiled kernels, and linked packages. */
async function copyOfCheckout(): Promise<string> {
  const { stdout } = await runProgram('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-extending-'))
  const kernels = ['aggregation/kernels', 'learning/engines/kernels'].flatMap((place) =>
    readdirSync(join(root, place)).flatMap((file) => (file.endsWith('.generated.ts') ? [`${place}/${file}`] : [])),
  )
  for (const path of [
    ...stdout.split('\0').filter((line) => existsSync(join(root, line)) && line !== ''),
    ...kernels,
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(root, path), join(folder, path))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  return folder
}

function create(path: string, text: string): void {
  if (existsSync(join(copy, path))) throw new Error(`docs/extending.md creates ${path}, which is there already`)
  writeFileSync(join(copy, path), text)
}

/** Inserts the lines with a plus behind the lines before them. The file must have these exactly once. */
function change(path: string, diff: string): void {
  const lines = diff.trimEnd().split('\n')
  const text = (marks: string) =>
    lines.flatMap((line) => (marks.includes(line.charAt(0)) ? [`\n${line.slice(1)}`] : [])).join('')
  const file = readFileSync(join(copy, path), 'utf8')
  expect(file.split(`${text(' ')}\n`), `places in ${path} for ${diff}`).toHaveLength(2)
  writeFileSync(join(copy, path), file.replace(`${text(' ')}\n`, `${text(' +')}\n`))
}

/** Runs a shell command, without the environment of this test's own vitest. */
async function shell(line: string): Promise<Finished> {
  const own = Object.keys(process.env).filter((name) => name.startsWith('VITEST') || name === 'NODE_ENV')
  const env = Object.fromEntries(own.map((name) => [name, undefined]))
  const finished = await runProgram('bash', ['-c', line], { cwd: copy, env: { ...env, NO_COLOR: '1' } })
  expect(finished, line).toMatchObject({ code: 0 })
  return finished
}

/** The only command of a section that begins with this text. */
function commandOf(steps: readonly Step[], beginning: string): string {
  const lines = steps.flatMap(({ blocks }) =>
    blocks.flatMap(({ language, text }) => (language === 'sh' ? text.trimEnd().split('\n') : [])),
  )
  const found = lines.filter((line) => line.startsWith(beginning))
  expect(found, `commands that begin with ${beginning}`).toHaveLength(1)
  return found[0] as string
}

beforeAll(async () => {
  copy = await copyOfCheckout()
  for (const { path, blocks } of sections.flat()) {
    for (const { language, text } of blocks) {
      if (language === 'sh') continue
      if (path === undefined) throw new Error(`docs/extending.md names no file for:\n${text}`)
      if (language === 'ts') create(path, text)
      else if (language === 'diff') change(path, text)
      else throw new Error(`docs/extending.md has a block of ${language}`)
    }
  }
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** The number of tests that each file ran, from vitest's output. */
function ran(output: string): Record<string, number> {
  return Object.fromEntries(
    [...output.matchAll(/(\S+\.test\.ts) \((\d+) tests?(?: \| (\d+) skipped)?\)/g)].map(([, file, all, skipped]) => [
      file,
      Number(all) - Number(skipped ?? 0),
    ]),
  )
}

const methods = [
  { steps: sections[0] ?? [], name: 'winsorised-mean', folder: 'aggregation/rules', key: 'aggregation', kind: 'rules' },
  { steps: sections[1] ?? [], name: 'same-value', folder: 'attacks/methods', key: 'attack', kind: 'attacks' },
]

test.each(methods)(
  'the steps of docs/extending.md for $name work as written',
  async ({ steps, name, folder, key, kind }) => {
    expect(steps[0]?.path).toBe(`${folder}/${name}.ts`)
    const { stdout: tested } = await shell(commandOf(steps, 'npx vitest run'))
    const counts = ran(tested)
    // A rule without a bound kappa runs nine properties. An attack runs four, at three levels, for two configurations.
    expect(counts[`test/conformance/${kind}.test.ts`]).toBe(kind === 'rules' ? 9 : 24)
    for (const { path } of steps) if (path?.startsWith('test/')) expect(counts[path]).toBeGreaterThan(0)
    expect(tested).not.toContain('failed')

    expect((await shell(commandOf(steps, 'npm run dev -- list'))).stdout).toContain(`\n${name} `)

    const { stdout: talked } = await shell(commandOf(steps, 'npm run dev -- run'))
    const [, run] = /Report: (\S+)\/report\.html/.exec(talked) ?? []
    const summary = JSON.parse(readFileSync(join(copy, String(run), 'summary.json'), 'utf8'))
    expect(summary.verdict.kind).toBe('as expected')
    expect(summary.experiment[key].name).toBe(name)
    expect(summary.experiment.rounds.count).toBe(2)
  },
)

test('the documented command adds both to the tables', async () => {
  for (const { steps } of methods) expect(commandOf(steps, 'npm run docs')).toBe('npm run docs')
  await shell('npm run docs')
  const page = readFileSync(join(copy, 'docs/methods.md'), 'utf8')
  for (const { name, folder } of methods) expect(page).toContain(`| [\`${name}\`](../${folder}/${name}.ts) `)
})
