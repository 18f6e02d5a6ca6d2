import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { RunRole } from '../summary/twin-role.ts'
import { escapeHtml } from './markup.ts'

/** Dark text on white with system fonts: legible in print, with nothing to load. */
export const ink = '#1b1b1b'
const quiet = '#5c5c5c'
export const hairline = '#dedede'
const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif'

/**
 * Colours that colour-blind readers can distinguish. Okabe and Ito 2008, https://jfly.uni-koeln.de/color/.
 * Lines also differ in dash and marker.
 */
export const palette = {
  blue: '#0072B2',
  vermillion: '#D55E00',
  green: '#009E73',
  purple: '#CC79A7',
  orange: '#E69F00',
  sky: '#56B4E9',
  black: '#000000',
} as const

/** The style of a line. */
export interface LineStyle {
  readonly colour: string
  /** SVG dash array; none for a solid line. */
  readonly dash?: string
  readonly symbol: Plot.SymbolType
  readonly width: number
}

export const ownMean: LineStyle = { colour: palette.blue, symbol: 'circle', width: 2.8 }
export const ownWorst: LineStyle = { colour: palette.blue, symbol: 'triangle', width: 1.4 }

const byRole: Readonly<Record<Exclude<RunRole, 'defended'>, LineStyle>> = {
  'attack-free': { colour: palette.green, dash: '8 4', symbol: 'square', width: 1.8 },
  undefended: { colour: palette.vermillion, dash: '9 3 2 3', symbol: 'times', width: 1.8 },
  alone: { colour: quiet, dash: '2 3', symbol: 'plus', width: 1.8 },
}
const others: readonly LineStyle[] = [
  { colour: palette.purple, dash: '14 4', symbol: 'diamond', width: 1.8 },
  { colour: palette.orange, dash: '4 2', symbol: 'star', width: 1.8 },
  { colour: palette.sky, dash: '12 3 3 3 3 3', symbol: 'wye', width: 1.8 },
]

/** Styles of twins, in their order: one for each role; defended twins and repeated roles take other styles in turn. */
export function twinStyles(roles: readonly RunRole[]): LineStyle[] {
  const taken = new Set<RunRole>()
  let next = 0
  return roles.map((role) => {
    if (role !== 'defended' && !taken.has(role)) {
      taken.add(role)
      return byRole[role]
    }
    return others[next++ % others.length] as LineStyle
  })
}

const cycle: readonly LineStyle[] = [
  ownMean,
  { colour: palette.vermillion, dash: '8 4', symbol: 'square', width: 2 },
  { colour: palette.green, dash: '9 3 2 3', symbol: 'triangle', width: 2 },
  { colour: palette.purple, dash: '14 4', symbol: 'diamond', width: 2 },
  { colour: palette.black, dash: '2 3', symbol: 'plus', width: 2 },
  { colour: palette.orange, dash: '4 2', symbol: 'star', width: 2 },
  { colour: palette.sky, dash: '12 3 3 3 3 3', symbol: 'wye', width: 2 },
  { colour: palette.vermillion, symbol: 'times', width: 1.4 },
  { colour: palette.blue, dash: '3 3', symbol: 'square2', width: 1.4 },
  { colour: palette.black, dash: '10 3', symbol: 'triangle2', width: 1.4 },
  { colour: palette.green, dash: '2 2', symbol: 'asterisk', width: 1.4 },
  { colour: palette.purple, dash: '6 2 1 2', symbol: 'hexagon', width: 1.4 },
  { colour: palette.orange, symbol: 'diamond2', width: 1.4 },
  { colour: palette.sky, dash: '5 5', symbol: 'triangle2', width: 1.4 },
]

/** The style of the i-th line; styles repeat after fourteen. */
export function lineStyle(i: number): LineStyle {
  return cycle[i % cycle.length] as LineStyle
}

/** Draws a plot as SVG text. `name` separates its style sheet from those of other figures on the page. */
export function drawPlot(name: string, description: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = Plot.plot({
    ...options,
    document,
    className: `figure-${name}`,
    style: { fontFamily, fontSize: '12px', color: ink, background: 'white' },
  })
  // The description may quote a file, and linkedom does not escape < in attributes.
  // Figures in files of their own need the namespace.
  return svg.outerHTML.replace(
    '<svg ',
    () => `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(description)}" `,
  )
}
