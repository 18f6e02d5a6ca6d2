import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { packageFolder } from '#node/data/package-folder.ts'
import { cli, runProgram } from './built-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearsay-scaling-'))
const examples = join(packageFolder(), 'examples')

/** Three cells with one seed: one run for each of three shards. */
const sweep = {
  name: 'tiny',
  peers: { honest: 4, byzantine: 1, placement: [2] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', model: 'softmax-regression' },
  aggregation: { name: 'median' },
  attack: { name: 'sign-flip' },
  rounds: { count: 2 },
  sweep: { grid: { aggregation: ['median', 'average', { name: 'trimmed-mean', f: 1 }] } },
}
let reference: Record<string, string> = {}

beforeAll(async () => {
  const place = machine('reference')
  await shell(place, 'npx hearsay sweep sweep.yaml')
  reference = transcripts(join(place, 'runs'))
  expect(Object.keys(reference)).toHaveLength(3)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A folder with the sweep file and an installed hearsay, as after `npm install`. */
function machine(name: string): string {
  const place = join(folder, name)
  const bin = join(place, 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'hearsay'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`)
  chmodSync(join(bin, 'hearsay'), 0o755)
  writeFileSync(join(place, 'package.json'), '{}')
  writeFileSync(join(place, 'sweep.yaml'), stringify(sweep))
  return place
}

async function shell(cwd: string, line: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, stderr } = await runProgram('bash', ['-e', '-c', line], { cwd, env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
}

/** The transcript hash of every run of the only sweep in a folder. */
function transcripts(runs: string): Record<string, string> {
  const [name, ...more] = readdirSync(runs)
  expect(more).toEqual([])
  const inner = join(runs, name as string, 'runs')
  return Object.fromEntries(
    readdirSync(inner).map((run) => {
      const { repetition } = JSON.parse(readFileSync(join(inner, run, 'summary.json'), 'utf8'))
      return [run, repetition.transcriptHash]
    }),
  )
}

const reportOf = (runs: string) => existsSync(join(runs, readdirSync(runs)[0] as string, 'report.html'))

interface Step {
  readonly name?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

test('the CI matrix runs every shard on its own machine and merges the artifacts', async () => {
  const { env, jobs } = parse(readFileSync(join(examples, 'sweep-ci-matrix.yml'), 'utf8')) as {
    env: Record<string, string>
    jobs: Record<'shard' | 'report', { strategy?: { matrix: { shard: number[] } }; steps: Step[] }>
  }
  const shards = jobs.shard.strategy?.matrix.shard ?? []
  const run = (steps: readonly Step[], name: string): string => steps.find((step) => step.name === name)?.run ?? ''
  const artifacts = join(folder, 'artifacts')
  await Promise.all(
    shards.map(async (shard) => {
      const place = machine(`ci-${shard}`)
      const line = run(jobs.shard.steps, 'Run a shard')
        .replaceAll(/\$\{\{ matrix\.shard \}\}/g, String(shard))
        .replaceAll(/\$\{\{ strategy\.job-total \}\}/g, String(shards.length))
      await shell(place, line, env)
      cpSync(join(place, 'runs'), join(artifacts, `runs-${shard}`), { recursive: true })
    }),
  )
  const place = machine('ci-report')
  const { pattern, path, 'merge-multiple': together } = jobs.report.steps.find((step) => step.with?.pattern)?.with ?? {}
  expect({ pattern, path, together }).toEqual({ pattern: 'runs-*', path: 'runs', together: true })
  for (const artifact of readdirSync(artifacts)) {
    cpSync(join(artifacts, artifact), join(place, 'runs'), { recursive: true })
  }
  await shell(place, run(jobs.report.steps, 'Report'), env)
  expect(transcripts(join(place, 'runs'))).toEqual(reference)
  expect(reportOf(join(place, 'runs'))).toBe(true)
})

test('the tasks of the Slurm array write into one folder at the same time', async () => {
  const place = machine('slurm')
  const file = join(examples, 'sweep-slurm-array.sh')
  const [, first, last] = /#SBATCH --array=(\d+)-(\d+)/.exec(readFileSync(file, 'utf8'))?.map(Number) ?? []
  expect(first).toBe(1)
  await Promise.all(
    Array.from({ length: last ?? 0 }, (_, k) =>
      shell(place, `"${file}" sweep.yaml`, {
        SLURM_ARRAY_TASK_ID: String(k + 1),
        SLURM_ARRAY_TASK_COUNT: String(last),
        SLURM_CPUS_PER_TASK: '2',
      }),
    ),
  )
  expect(transcripts(join(place, 'runs'))).toEqual(reference)
  await shell(place, 'npx hearsay report runs/*')
  expect(reportOf(join(place, 'runs'))).toBe(true)
})

test('the pods of the Kubernetes job write into one volume, and a restarted pod finds its run', async () => {
  const place = machine('kubernetes')
  const { spec } = parse(readFileSync(join(examples, 'sweep-kubernetes-job.yaml'), 'utf8'))
  const [{ command, args, env, volumeMounts }] = spec.template.spec.containers
  const given = Object.fromEntries(env.map(({ name, value }: { name: string; value: string }) => [name, value]))
  expect(spec.completionMode).toBe('Indexed')
  expect(given.SHARDS).toBe(String(spec.completions))
  expect(given.OUT).toBe(volumeMounts[0].mountPath)
  const volume = join(place, 'volume')
  const pod = (index: number) =>
    runProgram(command[0], [...command.slice(1), ...args], {
      cwd: place,
      env: { ...given, SWEEP: 'sweep.yaml', OUT: volume, JOB_COMPLETION_INDEX: String(index) },
    })
  const pods = await Promise.all(Array.from({ length: spec.completions }, (_, index) => pod(index)))
  expect(pods.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(transcripts(volume)).toEqual(reference)
  const again = await pod(1)
  expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(/finished already: 1 of 1\n/) })
})
