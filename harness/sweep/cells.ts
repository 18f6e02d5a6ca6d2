import type { Sweep, SweepSetting } from '#protocol/experiment/sweep-schema.ts'
import { canonical } from '#protocol/loading/identity.ts'
import { gather, InputError } from '#protocol/loading/input-error.ts'
import type { Axis, Cell } from '#report/sweep/results.ts'
import { checkNames, checkNumbers, matches } from './check-names.ts'

/** Name of the axis for the cells of `list`. */
export const listAxis = 'list'

/** One value of an axis: its label and its changes to the experiment. */
type Step = readonly [coordinates: Readonly<Record<string, string>>, changes: Readonly<Record<string, unknown>>]

/**
 * The axes and cells of a sweep. The cells of each grid are all combinations of its axes and the zip groups, in which
 * the last axis varies fastest. Cells that match `skip` are removed; the cells of `list` follow. Labels that no cell
 * has are removed from the axes. Throws InputError if the design is contradictory. `where` names the file.
 */
export function cellsOf(sweep: Sweep, where: string): { axes: Axis[]; cells: Cell[] } {
  const refuse = (path: string, text: string): never => {
    throw new InputError(`${where}: sweep.${path}: ${text}`)
  }
  const axes: Axis[] = []
  const known = new Map<string, Step>()
  const axisOf = (name: string, values: readonly unknown[], path: string, shared: boolean): Step[] => {
    const taken: Readonly<Record<string, string>> = {
      seed: 'set the seeds of all cells with sweep.seeds',
      name: 'a run is named for its cell',
      sweep: 'a sweep cannot change itself',
      [listAxis]: 'the name of this axis is reserved for the cells of sweep.list',
    }
    if (Object.hasOwn(taken, name)) refuse(path, taken[name] as string)
    const before = axes.find((axis) => axis.name === name)
    if (before && !shared) refuse(path, 'there is another axis of this name')
    const steps = values.map((value) => stepOf(name, value, (text) => refuse(path, text)))
    const labels = steps.map(([coordinates]) => coordinates[name] as string)
    const twice = labels.find((label, k) => labels.indexOf(label) !== k)
    if (twice !== undefined)
      refuse(path, `two values have the label ${twice}; give them different labels with { label, set }`)
    for (const step of steps) {
      const label = step[0][name] as string
      const same = known.get(`${name}/${label}`) ?? step
      if (canonical(same[1]) !== canonical(step[1])) refuse(path, `${label} has another meaning in another grid`)
      known.set(`${name}/${label}`, step)
    }
    const all = [...new Set([...(before?.labels ?? []), ...labels])]
    if (before) axes[axes.indexOf(before)] = { name, labels: all }
    else axes.push({ name, labels })
    return steps
  }
  const several = Array.isArray(sweep.grid)
  const grids = (Array.isArray(sweep.grid) ? sweep.grid : [sweep.grid]).map((grid, k) => {
    const at = several ? `grid.${k}` : 'grid'
    return gather(Object.entries(grid), ([name, values]) => axisOf(name, values, `${at}.${name}`, several))
  })
  const groups: Step[][] = []
  sweep.zip.forEach((group, k) => {
    const columns = gather(Object.entries(group), ([name, values]) => axisOf(name, values, `zip.${k}.${name}`, false))
    const lengths = [...new Set(columns.map((column) => column.length))]
    if (lengths.length > 1)
      refuse(`zip.${k}`, `axes of one zip group need the same number of values, got ${lengths.join(', ')}`)
    if (columns.length > 0)
      groups.push((columns[0] as Step[]).map((_, i) => joined(columns.map((column) => column[i] as Step))))
  })
  if (sweep.list.length > 0) {
    const labels = sweep.list.map(({ label }) => label)
    const twice = labels.find((label, k) => labels.indexOf(label) !== k)
    if (twice !== undefined) refuse('list', `two cells have the label ${twice}`)
    axes.push({ name: listAxis, labels })
  }
  checkNames(sweep, axes, refuse)
  const combinations = grids.flatMap((grid) => {
    const factors = [...grid, ...groups]
    return factors.length === 0 && sweep.list.length > 0 ? [] : product(factors).map(joined)
  })
  const cells: Cell[] = [
    ...combinations
      .filter(([coordinates]) => !sweep.skip.some((skipped) => matches(coordinates, skipped)))
      .map(([coordinates, changes]) => ({ coordinates, changes })),
    ...sweep.list.map(({ label, set }) => ({ coordinates: { [listAxis]: label }, changes: set })),
  ]
  if (cells.length === 0) refuse('skip', 'leaves out every cell')
  checkNumbers(sweep, cells, refuse)
  const taken = axes.map(({ name, labels }) => ({
    name,
    labels: labels.filter((label) => cells.some(({ coordinates }) => coordinates[name] === label)),
  }))
  return { axes: taken, cells }
}

/** Name of a cell in messages, such as `rule krum, attack sign-flip`. */
export function cellName({ coordinates }: Cell): string {
  return Object.entries(coordinates)
    .map(([axis, label]) => `${axis} ${label}`)
    .join(', ')
}

function stepOf(name: string, value: unknown, refuse: (text: string) => never): Step {
  if (isSetting(value)) return [{ [name]: value.label }, value.set]
  if (typeof value === 'object' && value !== null && 'label' in value) {
    return refuse('write a labelled value as { label: TEXT, set: { path: value } }, without other keys')
  }
  return [{ [name]: labelOf(value) }, { [name]: value }]
}

function isSetting(value: unknown): value is SweepSetting {
  if (typeof value !== 'object' || value === null) return false
  const { label, set, ...rest } = value as Record<string, unknown>
  return typeof label === 'string' && typeof set === 'object' && set !== null && Object.keys(rest).length === 0
}

/** The label of a plain value. For a section it is the name, followed by the parameters. */
function labelOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(labelOf).join(' ')
  const { name, ...rest } = value as Record<string, unknown>
  const parameters = Object.entries(rest).map(([key, inner]) => `${key} ${labelOf(inner)}`)
  return [...(name === undefined ? [] : [String(name)]), ...parameters].join(' ')
}

function joined(steps: readonly Step[]): Step {
  return [Object.assign({}, ...steps.map(([at]) => at)), Object.assign({}, ...steps.map(([, changes]) => changes))]
}

function product(groups: readonly Step[][]): Step[][] {
  return groups.reduce<Step[][]>((rows, group) => rows.flatMap((row) => group.map((step) => [...row, step])), [[]])
}
