import * as Plot from '@observablehq/plot'
import { drawPlot, ink, palette } from '../drawing/figures.ts'
import type { Summary } from '../summary/summary.ts'

const tallestCell = 24
const widestCell = 44
/** Width of all columns together. */
const widest = 480
/** Maximum number of peers for numbers in the cells. */
const maxNumbered = 16
/** Maximum number of peers for a legible figure. */
const maxDrawn = 128

/**
 * The shards: one column for each peer, one row for each label, a darker cell for more examples. The last row has the
 * examples of all labels. Byzantine peers are crossed. Null if the shards are unknown or there are too many peers.
 */
export function partitionFigure({ peers, experiment }: Summary): string | null {
  const columns = peers.map((peer) => peer.peer)
  const cells = peers.flatMap(({ peer, labels = [] }) => labels.map((count, label) => ({ peer, label, count })))
  if (cells.length === 0 || columns.length > maxDrawn) return null
  const byzantinePeers = new Set(peers.filter((peer) => peer.role === 'byzantine').map((peer) => peer.peer))
  const rows = [...new Set(cells.map((cell) => cell.label))].sort((a, b) => a - b)
  const all = 'all'
  const totals = peers.map(({ peer, examples }) => ({ peer, label: all, count: examples }))
  const numbered = columns.length <= maxNumbered
  const width = Math.max(4, Math.min(widestCell, Math.floor(widest / columns.length)))
  const most = Math.max(...cells.map((cell) => cell.count), 1)
  const maxTotal = Math.max(...totals.map((total) => total.count), 1)
  const marked = columns.filter((peer) => byzantinePeers.has(peer)).map((peer) => ({ peer }))
  const top = numbered ? 58 : 38
  return drawPlot(
    'partition',
    `Training examples of each label at each peer, partition ${experiment.learning.partition.name}`,
    {
      width: 64 + columns.length * width + 16,
      height: top + (rows.length + 1) * tallestCell + 8,
      marginLeft: 64,
      marginTop: top,
      marginRight: 16,
      marginBottom: 8,
      padding: 0.06,
      x: { type: 'band', domain: columns, axis: null },
      y: { type: 'band', domain: [...rows, all], axis: null },
      color: { type: 'linear', domain: [0, 1], range: ['#f3f7fa', palette.blue] },
      marks: [
        Plot.cell(cells, { x: 'peer', y: 'label', fill: (cell) => cell.count / most }),
        Plot.cell(totals, { x: 'peer', y: 'label', fill: (total) => 0.45 * (total.count / maxTotal) }),
        ...(numbered
          ? [
              Plot.text(cells, {
                x: 'peer',
                y: 'label',
                text: (cell) => counted(cell.count, width),
                fill: (cell) => (cell.count > most * 0.55 ? '#ffffff' : ink),
              }),
              Plot.text(totals, {
                x: 'peer',
                y: 'label',
                text: (total) => counted(total.count, width),
                fontWeight: 'bold',
              }),
              Plot.axisX({
                anchor: 'top',
                tickSize: 0,
                label: null,
                tickFormat: (peer: number) => (byzantinePeers.has(peer) ? `✕ ${peer}` : String(peer)),
              }),
            ]
          : [
              Plot.text(marked, {
                x: 'peer',
                text: () => '✕',
                frameAnchor: 'top',
                dy: -8,
                fill: palette.vermillion,
                fontSize: Math.min(10, width + 3),
              }),
            ]),
        Plot.axisY({
          tickSize: 0,
          label: null,
          tickFormat: (label: number | string) => (label === all ? all : `label ${label}`),
        }),
        Plot.text([numbered ? 'peer (✕ Byzantine)' : `peer 0 to ${columns.length - 1} (✕ Byzantine)`], {
          frameAnchor: 'top-left',
          dy: numbered ? -40 : -20,
          textAnchor: 'start',
        }),
      ],
    },
  )
}

/** A count that fits into a cell, in thousands if the digits do not. */
function counted(count: number, width: number): string {
  const digits = String(count)
  if (digits.length * 8 + 4 <= width) return digits
  return count < 1000 ? digits : `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`
}
