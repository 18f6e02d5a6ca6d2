import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { moduleAttack } from '#attacks/own.ts'
import { attacks } from '#attacks/registry.ts'
import { subCommands } from '#harness/commands/registry.ts'
import { completionScript, type Shell, shells } from '#harness/completion/script.ts'
import { presetNames } from '#harness/config/presets.ts'
import { completionSpec } from '#harness/documents/completion-spec.ts'

const spec = await completionSpec()
const folder = mkdtempSync(join(tmpdir(), 'hearsay-completion-'))
afterAll(() => rmSync(folder, { recursive: true }))
for (const name of ['my-file.yaml', 'my-other.txt']) writeFileSync(join(folder, name), '')
mkdirSync(join(folder, 'my-runs'))
for (const shell of shells) writeFileSync(join(folder, `.${shell}`), completionScript(shell, spec))

/** What the end of each line becomes, or may become, in every shell. */
const lines: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['hearsay qu', []],
  ['hearsay ru', ['run']],
  ['hearsay run --se', ['--set']],
  ['hearsay run qui', ['quickstart']],
  ['hearsay run my-f', ['my-file.yaml']],
  ['hearsay run my-o', []],
  ['hearsay init my-o', ['my-other.txt']],
  ['hearsay init --preset qui', ['quickstart']],
  ['hearsay run --set attack.name=sig', ['attack.name=sign-flip']],
  ['hearsay run --set attack=sig', ['attack=sign-flip']],
  ['hearsay run --set=aggregation=kru', ['--set=aggregation=krum']],
  ['hearsay check --set seed=2 --set learning.model=softm', ['learning.model=softmax-regression']],
  ['hearsay sweep --set topology.name=doub', []],
  ['hearsay sweep --set topology.name=dumb', ['topology.name=dumbbell']],
  ['hearsay run --set rounds.cou', ['rounds.count=']],
  ['hearsay run --out my-', ['my-runs']],
  ['hearsay report my-runs my-', ['my-runs']],
  ['hearsay data fet', ['fetch']],
  ['hearsay data fetch mnist cif', ['cifar10']],
  ['hearsay topology show qui', ['quickstart']],
  ['hearsay list mod', ['models']],
  ['hearsay reproduce lie-table-1-m', ['lie-table-1-mnist']],
  ['hearsay completion fi', ['fish']],
  ['hearsay run quickstart qui', []],
  ['hearsay run --out somewhere qui', ['quickstart']],
]

const missing = (shell: Shell): string | undefined =>
  spawnSync(shell, ['-c', ':']).error ? `${shell} is not installed` : undefined

/** Bash's own split of a line: `=` is a word. */
function bashWords(line: string): string[] {
  return line.split(/(=)| /).filter((word) => word !== undefined && word !== '')
}

/** The last word of the line with each completion. PATH is empty: the script starts no program. */
function inBash(line: string): string[] {
  const words = bashWords(line)
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const code = `source .bash; COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
PATH= _hearsay; printf '%s\\n' "\${COMPREPLY[@]}"`
  const answer = execFileSync('bash', ['-c', code], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const before = /[^ ]*=/.exec(line.split(' ').at(-1) ?? '')?.[0] ?? ''
  return answer
    .split('\n')
    .filter((word) => word !== '')
    .map((word) => before + word)
}

function inFish(line: string): string[] {
  const home = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, PATH: process.env.PATH }
  const answer = execFileSync('fish', ['-c', `source .fish; complete -C '${line}'`], {
    cwd: folder,
    encoding: 'utf8',
    env: home,
  })
  const typed = line.split(' ').at(-1) ?? ''
  // fish also offers words that hold the letters elsewhere.
  return answer
    .split('\n')
    .map((row) => (row.split('\t')[0] ?? '').replace(/\/$/, ''))
    .filter((word) => word !== '' && word.startsWith(typed))
}

/** Types each line and Tab in a terminal. Returns what the last word has become. */
const driver = `zmodload zsh/zpty
zpty z zsh -f -i
until_line() { local text; while zpty -r z text; do [[ $text == *$1* ]] && { print -r -- "\${text//$'\\r'/}"; return; }; done; }
zpty -w z "PS1=; unsetopt beep; autoload -U compinit; compinit -u -D; source ./.zsh; hearsay() { print -r -- \\"G\\"\\"OT \\\${(j:|:)@}\\" }; print REA\\"\\"DY"
until_line READY >/dev/null
for line in "$@"; do
  zpty -w -n z "$line"$'\\t\\n'
  until_line 'GOT '
done
zpty -d z
`

describe('bash', () => {
  for (const [line, words] of lines) {
    test(line, ({ skip }) => {
      const reason = missing('bash')
      if (reason) skip(reason)
      expect(inBash(line)).toEqual(words)
    })
  }
})

describe('fish', () => {
  for (const [line, words] of lines) {
    test(line, ({ skip }) => {
      const reason = missing('fish')
      if (reason) skip(reason)
      expect(inFish(line)).toEqual(words)
    })
  }
})

describe('zsh', () => {
  test('completes what is unique', ({ skip }) => {
    const reason = missing('zsh')
    if (reason) skip(reason)
    writeFileSync(join(folder, 'driver'), driver)
    const typed = lines.map(([line]) => line)
    const answer = execFileSync('zsh', ['-f', 'driver', ...typed], { cwd: folder, encoding: 'utf8' })
    const became = [...answer.matchAll(/^GOT (.*)$/gm)].map(([, words = '']) => words.split('|').at(-1))
    expect(became).toEqual(lines.map(([line, [word]]) => word ?? line.split(' ').at(-1)))
  })
})

test('every command is completed, and every attack after --set attack.name=', () => {
  const words = new Set(spec.commands.map((command) => command.words.split(' ')[0]))
  expect([...words]).toEqual(Object.keys(subCommands))
  expect(spec.paths['attack.name']).toEqual(['none', ...[...attacks, moduleAttack].map(({ name }) => name)])
  expect(spec.presets).toEqual(presetNames())
})
