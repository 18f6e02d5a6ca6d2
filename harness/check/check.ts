import { existsSync } from 'node:fs'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { datasets } from '#learning/datasets/registry.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { canonical } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { createLoader, type ExperimentLoader } from '#protocol/loading/load.ts'
import { type Telling, thoroughly } from '#protocol/loading/telling.ts'
import { count } from '#report/summary/wording.ts'
import { dataOf } from '../config/data.ts'
import { experimentFiles } from '../config/load.ts'
import { requireBrowser } from '../run/launcher.ts'
import { prepareRun } from '../run/prepare.ts'
import { type PlannedSweep, planSweep } from '../sweep/plan.ts'
import { createPlaces, type Places } from './places.ts'

/** The problems of an experiment, or its warnings and a summary if there are none. */
export interface Findings {
  /** One line each; empty if the experiment can run. */
  readonly problems: readonly string[]
  /** The warnings before a run, and the notes of its report on the rule's tolerance. */
  readonly warnings: readonly string[]
  /** The experiment in one line; only without problems. */
  readonly summary?: string
}

/** A run of an experiment: its own, or one of a sweep. */
interface Case {
  /** Names the run in messages; empty for an experiment without a sweep. */
  readonly label: string
  readonly experiment: Experiment
}

/** Examines an experiment with its twins and the cells of its sweep, as a run would before it starts anything. */
export async function checkExperiment(source: string, sets: readonly string[]): Promise<Findings> {
  const places = createPlaces(sets)
  const loader = thoroughLoader(places)
  const problems: string[] = []
  const note: Note = async (act, told = (line) => line) => {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.lines.map(told))
      return undefined
    }
  }
  const experiment = await note(() => loader.loadExperiment(source, sets))
  if (!experiment) {
    problems.push(...missingFile(places.value(['aggregation', 'module']), places))
    const dataset = datasets.find(({ name }) => name === places.value(['learning', 'dataset']))?.name
    if (dataset !== undefined) await note(() => dataOf({ learning: { dataset } }), inDataset('', places))
    return { problems, warnings: [] }
  }
  const plan = { twins: false, maxLines: Number.POSITIVE_INFINITY, change: loader.changeExperiment }
  const sweep = experiment.sweep
    ? await note(
        () => planSweep(experiment, sweepOf(places), plan),
        (line) => inSweep(line, places),
      )
    : undefined
  const base: Case = { label: '', experiment }
  const twins: Case[] = []
  for (const [k, { name, set }] of experiment.twins.entries()) {
    const alone: Experiment = { ...experiment, twins: [], expect: [], runtime: { name: 'simulation' } }
    const label = `${places.of(['twins', k])}: ${name}`
    const twin = await note(() => loader.changeExperiment(alone, set, label))
    if (twin) twins.push({ label, experiment: twin })
  }
  const cells = sweep?.tasks.map(
    (task): Case => ({ label: `${sweepOf(places)}: ${task.label}`, experiment: task.experiment }),
  )
  await note(
    () => requireBrowser(experiment),
    (line) => `${places.of(['runtime'])}: ${line}`,
  )
  problems.push(...missingRules([base, ...twins, ...(cells ?? [])], places))
  const warnings = await examineCases(cells ?? [base], places, note)
  return problems.length > 0
    ? { problems: [...new Set(problems)], warnings: [] }
    : { problems, warnings, summary: summaryOf(experiment, sweep) }
}

/** Runs a step of the examination. Records the lines of an InputError, worded by `told`, and then returns undefined. */
type Note = <T>(act: () => T | Promise<T>, told?: (line: string) => string) => Promise<T | undefined>

const sweepOf = (places: Places): string => places.of(['sweep'])

/** Replaces the place of the sweep in a line by the place of the part that the line names: `sweep.grid.attack: ...`. */
function inSweep(line: string, places: Places): string {
  const [, path, rest] = /^.*?: sweep: (sweep\.[^\s:]+): (.*)$/s.exec(line) ?? []
  return path === undefined ? line : `${places.of(path.split('.'))}: ${rest}`
}

/** A loader that reports every problem with its place. It leaves a place in words, such as that of a twin, as it is. */
function thoroughLoader(places: Places): ExperimentLoader {
  let own: string | undefined
  const telling: Telling = {
    ...thoroughly,
    place: (where, path) => (where === own ? places.of(path) : thoroughly.place(where, path)),
  }
  return createLoader(
    {
      ...experimentFiles,
      experiment(source, folder) {
        const file = experimentFiles.experiment(source, folder)
        if (file) places.add(file)
        own ??= file?.name
        return file
      },
    },
    telling,
  )
}

/** The line about a missing file of the user's own rule, for an experiment that is invalid for other reasons. */
function missingFile(module: unknown, places: Places): string[] {
  return typeof module !== 'string' || existsSync(module)
    ? []
    : [`${places.of(['aggregation', 'module'])}: there is no file ${module}`]
}

/** Words a line about missing data. */
function inDataset(label: string, places: Places): (line: string) => string {
  return (line) =>
    `${placeIn(label, ['learning', 'dataset'], places)}: ${line.replace(/^learning\.dataset\.folder: /, '')}`
}

/** A line for each missing file of a user's own rule. */
function missingRules(cases: readonly Case[], places: Places): string[] {
  const said = new Map<string, string>()
  for (const { label, experiment } of cases) {
    const { aggregation } = experiment
    const [key, file] =
      aggregation.name === 'module'
        ? ['module', aggregation.module]
        : ['command', aggregation.name === 'command' ? (aggregation.command[0] ?? '') : '']
    // A program without a slash is found by the shell.
    if ((key === 'command' && !file.includes('/')) || existsSync(file) || said.has(file)) continue
    said.set(file, `${placeIn(label, ['aggregation', key], places)}: there is no file ${file}`)
  }
  return [...said.values()]
}

/** Examines runs with their data. Returns their warnings; each different one once, with the first run that has it. */
async function examineCases(cases: readonly Case[], places: Places, note: Note): Promise<string[]> {
  const data = new Map<string, Dataset | undefined>()
  const seen = new Set<string>()
  const warnings = new Map<string, string>()
  for (const { label, experiment } of cases) {
    const { name: _, seed: _seed, ...same } = experiment
    if (seen.has(canonical(same))) continue
    seen.add(canonical(same))
    const key = canonical(experiment.learning.dataset)
    if (!data.has(key)) {
      data.set(key, await note(() => dataOf(experiment), inDataset(label, places)))
    }
    const dataset = data.get(key)
    if (!dataset) continue
    const prepared = await note(
      () => prepareRun({ ...experiment, twins: [] }, dataset),
      (line) => placed(line, label, experiment.name, places),
    )
    for (const line of [...(prepared?.warnings ?? []), ...(prepared?.tolerance ?? [])])
      if (!warnings.has(line)) warnings.set(line, label === '' ? line : `${label}: ${line}`)
  }
  return [...warnings.values()]
}

/** A line of a run's preparation, `NAME: learning.model: ...`, with the place of its path. */
function placed(line: string, label: string, name: string, places: Places): string {
  const own = line.startsWith(`${name}: `) ? line.slice(name.length + 2) : line
  const [, path, rest] = /^([a-zA-Z.]+): (.*)$/s.exec(own) ?? []
  return path === undefined ? own : `${placeIn(label, path.split('.'), places)}: ${rest}`
}

function placeIn(label: string, path: readonly string[], places: Places): string {
  return label === '' ? places.of(path) : `${label}: ${path.join('.')}`
}

function summaryOf(experiment: Experiment, sweep: PlannedSweep | undefined): string {
  const { peers, rounds, runtime, aggregation, attack, topology, twins, expect } = experiment
  const runs = sweep
    ? [
        `${count(sweep.plan.cells.length, 'cell')} with ${count(sweep.plan.seeds.length, 'seed')}: ${count(sweep.tasks.length, 'run')}`,
      ]
    : []
  const one = [
    `${peers.honest + peers.byzantine} peers (${peers.byzantine} Byzantine)`,
    count(rounds.count, 'round'),
    `topology ${topology.name}`,
    `rule ${aggregation.name}`,
    `attack ${attack.name}`,
    `runtime ${runtime.name}`,
    ...(twins.length > 0 ? [count(twins.length, 'twin')] : []),
    ...(expect.length > 0 ? [count(expect.length, 'expectation')] : []),
  ]
  return ['ok', ...runs, ...(sweep ? [count(rounds.count, 'round')] : one)].join(', ')
}
