import type { Sweep, SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import { gather } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import type { Axis, Cell } from '#report/sweep/results.ts'

type Where = Readonly<Record<string, string | number | boolean>>
type Refuse = (path: string, text: string) => never

/**
 * Checks that every axis and label that the sweep names exists. `refuse` throws an InputError for one that does not
 * exist. Throws one InputError with all these lines.
 */
export function checkNames(sweep: Sweep, axes: readonly Axis[], refuse: Refuse): void {
  const axis = (name: string, path: string): Axis => {
    const found = axes.find((own) => own.name === name)
    const names = axes.map((own) => own.name)
    const like = nearest(name, names)
    const known = names.length === 0 ? 'this sweep has no axes' : `axes: ${names.join(', ')}`
    return found ?? refuse(path, `there is no axis ${name}; ${like ? `did you mean ${like}?` : known}`)
  }
  const labels = (where: Where, path: string): void => {
    for (const [name, label] of Object.entries(where)) {
      const known = axis(name, path).labels
      if (known.includes(String(label))) continue
      const like = nearest(String(label), known)
      refuse(
        `${path}.${name}`,
        `there is no ${label}; ${like ? `did you mean ${like}?` : `labels: ${known.join(', ')}`}`,
      )
    }
  }
  const checks = [
    ...sweep.skip.map((where, k) => () => labels(where, `skip.${k}`)),
    ...sweep.hypotheses.flatMap(({ where, contrast, relativeTo }, k) => [
      () => labels(where, `hypotheses.${k}.where`),
      () => labels(contrast.of, `hypotheses.${k}.contrast.of`),
      () => labels(contrast.against, `hypotheses.${k}.contrast.against`),
      () => labels(relativeTo ?? {}, `hypotheses.${k}.relativeTo`),
    ]),
    ...sweep.figures.flatMap((figure, k) => [
      () => labels(figure.where, `figures.${k}.where`),
      ...namedAxes(figure).map(
        ([key, name]) =>
          () =>
            void axis(name, `figures.${k}.${key}`),
      ),
      () => refuseSameAxis(figure, k, refuse),
    ]),
    ...sweep.published.map(
      ({ where }, k) =>
        () =>
          labels(where, `published.${k}.where`),
    ),
  ]
  gather(checks, (check) => check())
}

function refuseSameAxis(figure: SweepFigure, k: number, refuse: Refuse): void {
  const [first, second] = namedAxes(figure)
  if (first && second && first[1] === second[1])
    refuse(`figures.${k}`, `${first[0]} and ${second[0]} are both axis ${first[1]}; use two different axes`)
}

/** Checks that the x axis of a line figure has numeric labels, in the cells that the figure draws. */
export function checkNumbers(sweep: Sweep, cells: readonly Cell[], refuse: Refuse): void {
  sweep.figures.forEach((figure, k) => {
    if (figure.kind !== 'line') return
    const odd = cells
      .filter(({ coordinates }) => matches(coordinates, figure.where))
      .map(({ coordinates }) => coordinates[figure.x])
      .find((label) => label !== undefined && !Number.isFinite(Number(label)))
    if (odd !== undefined)
      refuse(
        `figures.${k}.x`,
        `axis ${figure.x} needs numeric labels, but ${odd} is not a number; narrow the cells with where`,
      )
  })
}

/** Whether a cell is in the set that `where` describes: it has the given label on every axis that `where` names. */
export function matches(
  coordinates: Readonly<Record<string, string>>,
  where: Readonly<Record<string, string | number | boolean>>,
): boolean {
  return Object.entries(where).every(([axis, label]) => coordinates[axis] === String(label))
}

/** The axes that a figure draws, by their keys in the file. */
function namedAxes(figure: SweepFigure): (readonly [key: string, axis: string])[] {
  if (figure.kind === 'heatmap') {
    return [
      ['rows', figure.rows],
      ['columns', figure.columns],
    ]
  }
  const lines = figure.lines === undefined ? [] : [['lines', figure.lines] as const]
  return figure.kind === 'line' ? [['x', figure.x], ...lines] : lines
}
