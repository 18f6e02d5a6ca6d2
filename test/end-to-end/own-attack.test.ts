import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ExperimentError, type ExperimentInput, RunError, run } from '#harness/index.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { cli, runProgram } from './built-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-own-attack-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const example = join(packageFolder(), 'examples', 'shifted-mean.ts')

function experimentOf(attack: Record<string, unknown>, runtime = 'simulation'): ExperimentInput {
  return {
    name: 'own-attack',
    peers: { honest: 5, byzantine: 2 },
    topology: 'complete',
    learning: { dataset: 'digits', model: 'softmax-regression' },
    aggregation: 'median',
    attack: attack as never,
    rounds: { count: 3, evaluateEvery: 3 },
    runtime: runtime as 'simulation',
  }
}

/** A module whose attack has this body of `craft({ colluders }, parameters, context)`. */
function attackOf(name: string, body: string, more = ''): string {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `import { defineAttack } from 'hearsay/attacks/attack'
export const attack = defineAttack({
  name: 'mine', summary: 's', reference: 'https://example.org', requires: 'm >= 1', cost: 'd',
  knowledge: ['colluders'], parameters: {}, minColluders: () => 1, ${more}
  craft({ colluders }, parameters, context) { ${body} },
})`,
  )
  return file
}

test('an attack from a TypeScript file does the same in the simulator and in processes, and its runs are D2', async () => {
  const attack = { module: example, parameters: { shift: 0.5 } }
  const simulated = await run(experimentOf(attack))
  const swarm = await run(experimentOf(attack, 'processes'))
  const clean = await run(experimentOf({ name: 'sign-flip' }))
  expect(swarm.metrics.accuracy.mean).toBeCloseTo(simulated.metrics.accuracy.mean, 9)
  expect(clean.metrics.accuracy.mean).not.toBeCloseTo(simulated.metrics.accuracy.mean, 5)
  expect(simulated.repetition).toMatchObject({
    class: 'D2',
    otherwise: 'D0',
    reason: expect.stringContaining('its attack is the file'),
  })
})

test('its run folder can be replayed and reported by another process', async () => {
  const file = join(folder, 'experiment.json')
  writeFileSync(file, JSON.stringify(experimentOf({ module: example })))
  const out = join(folder, 'replayed')
  const hearsay = (...args: string[]) => runProgram(process.execPath, [cli, ...args], { cwd: folder })
  expect(await hearsay('run', file, '--out', out)).toMatchObject({ code: 0 })
  const [name = ''] = readdirSync(out)
  expect(await hearsay('replay', join(out, name))).toMatchObject({ code: 0 })
  expect(await hearsay('report', join(out, name))).toMatchObject({ code: 0 })
})

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    'a file that is not there',
    { module: join(folder, 'nothing.ts') },
    /attack\.module: there is no file .*nothing\.ts$/,
  ],
  [
    'a file that does not parse',
    { module: broken('syntax.mjs', 'export const attack = {') },
    /attack\.module: .*syntax\.mjs does not compile/,
  ],
  [
    'a file without an attack',
    { module: broken('none.mjs', 'export const other = 1') },
    /none\.mjs does not export a const attack made by defineAttack/,
  ],
  [
    'a file that throws',
    { module: broken('throws.mjs', 'throw new Error("early")') },
    /throws\.mjs does not load: early$/,
  ],
  [
    'wrong parameters',
    { module: example, parameters: { shift: 'x' } },
    /attack: the attack .*shifted-mean\.ts does not fit: parameters\.shift: /,
  ],
  [
    'more knowledge than the attack has',
    { module: example, knowledge: 'omniscient' },
    /does not fit: parameters\.knowledge: /,
  ],
  [
    'a wrong length',
    { module: attackOf('short', 'return { output: new Float32Array(9) }') },
    /short\.mjs crafted 9 numbers from vectors of 1$/,
  ],
  [
    'no output',
    { module: attackOf('empty', 'return {}') },
    /empty\.mjs returned no output; expected a Float32Array or null$/,
  ],
  [
    'an array as output',
    { module: attackOf('array', 'return { output: [1] }') },
    /must return output as a Float32Array or null$/,
  ],
  [
    'a craft that throws',
    { module: attackOf('failing', 'throw new TypeError("no idea")') },
    /failing\.mjs threw: no idea$/,
  ],
])('%s is refused before anything starts', async (_, attack, problem) => {
  const out = join(folder, 'runs')
  const error = await run(experimentOf(attack), { out }).catch((rejected) => rejected)
  expect(error).toBeInstanceOf(ExperimentError)
  expect(error.problems).toEqual([expect.stringMatching(problem)])
  expect(existsSync(out)).toBe(false)
})

test('an attack that fails in a later round breaks the run, and what was measured stays', async () => {
  const module = attackOf(
    'later',
    'if (context.round > 1) throw new Error("too late"); return { output: colluders[0].slice() }',
  )
  const late = { ...experimentOf({ module }), rounds: { count: 9, evaluateEvery: 1 } }
  // The plan tries the first round of a static graph only.
  const error = await run(late).catch((rejected) => rejected)
  expect(error).toBeInstanceOf(RunError)
  expect(error.reason).toMatch(/later\.mjs threw: too late/)
  expect(error.summary.curves.rounds).toContain(0)
})

test('an attack that writes into what it knows changes its own copies only', async () => {
  const [leak, plain] = ['colluders.forEach((v) => v.fill(9));', ''].map((write, i) =>
    attackOf(`copies-${i}`, `const output = colluders[0].map((x) => -x); ${write} return { output }`),
  )
  const runs = await Promise.all([leak, plain].map((module) => run(experimentOf({ module }))))
  expect(runs[0]?.repetition.transcriptHash).toBe(runs[1]?.repetition.transcriptHash)
})

test.each(['browsers', 'hosted'])('it is refused in runtime %s', async (runtime) => {
  await expect(run(experimentOf({ module: example }, runtime))).rejects.toThrow(
    /attack: your own attack runs only in runtime simulation or processes/,
  )
})

function broken(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
