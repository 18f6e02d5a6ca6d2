import * as Plot from '@observablehq/plot'
import { drawPlot, ink, palette } from '../drawing/figures.ts'
import type { Summary } from '../summary/summary.ts'

const largestCell = 36
/** Width of all columns together. */
const widest = 480
/** Maximum number of peers for numbers in the cells. */
const maxNumbered = 16
/** Maximum number of peers for a legible figure. */
const maxDrawn = 128

/**
 * The influence of each peer on each honest peer: one row for each honest peer, one column for each peer. A cell is the
 * mean influence of the vector in per cent. Columns of Byzantine peers are framed and crossed. Null if nothing was
 * aggregated or there are too many peers.
 */
export function influenceFigure({ influence, peers }: Summary): string | null {
  if (influence.length === 0 || peers.length > maxDrawn) return null
  const byzantinePeers = new Set(peers.filter((peer) => peer.role === 'byzantine').map((peer) => peer.peer))
  const rows = [...new Set(influence.map((entry) => entry.peer))]
  const columns = peers.map((peer) => peer.peer)
  const numbered = columns.length <= maxNumbered
  const size = Math.max(4, Math.min(largestCell, Math.floor(widest / columns.length)))
  const most = Math.max(...influence.map((entry) => entry.share), 0.01)
  const fromByzantine = influence.filter((entry) => byzantinePeers.has(entry.from))
  return drawPlot('influence', 'Mean share of each vector in the aggregate of each honest peer', {
    width: 64 + columns.length * size + 16,
    height: 58 + rows.length * size + 8,
    marginLeft: 64,
    marginTop: 58,
    marginRight: 16,
    marginBottom: 8,
    padding: 0.06,
    x: { type: 'band', domain: columns, axis: null },
    y: { type: 'band', domain: rows, axis: null },
    color: { type: 'linear', domain: [0, most], range: ['#f3f7fa', palette.blue] },
    marks: [
      Plot.cell(influence, { x: 'from', y: 'peer', fill: 'share' }),
      Plot.cell(fromByzantine, { x: 'from', y: 'peer', stroke: palette.vermillion, strokeWidth: 2, fill: 'none' }),
      ...(numbered
        ? [
            Plot.text(influence, {
              x: 'from',
              y: 'peer',
              text: (entry) => percentOf(entry.share),
              fill: (entry) => (entry.share > most * 0.55 ? '#ffffff' : ink),
            }),
            Plot.axisX({
              anchor: 'top',
              tickSize: 0,
              label: null,
              tickFormat: (peer: number) => (byzantinePeers.has(peer) ? `✕ ${peer}` : String(peer)),
            }),
            Plot.axisY({ tickSize: 0, label: null, tickFormat: (peer: number) => `peer ${peer}` }),
          ]
        : []),
      Plot.text(
        [numbered ? 'vector of peer (✕ Byzantine)' : `vector of peer 0 to ${columns.length - 1} (framed: Byzantine)`],
        {
          frameAnchor: 'top-left',
          dy: numbered ? -40 : -20,
          textAnchor: 'start',
        },
      ),
      ...(numbered
        ? []
        : [Plot.text(['at honest peer'], { frameAnchor: 'left', dx: -14, rotate: -90, textAnchor: 'middle' })]),
    ],
  })
}

function percentOf(share: number): string {
  const value = share * 100
  return value > 0 && value < 0.5 ? '<1' : String(Math.round(value))
}
