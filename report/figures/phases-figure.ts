import * as Plot from '@observablehq/plot'
import { drawPlot, ink, palette } from '../drawing/figures.ts'
import type { Summary } from '../summary/summary.ts'
import { duration } from '../summary/wording.ts'

/** Mean time of an honest peer's round by phase; null if no time was recorded. */
export function phasesFigure({ phases }: Summary): string | null {
  const bars = (['train', 'wait', 'aggregate', 'evaluate'] as const).map((phase) => ({ phase, ms: phases[phase] }))
  const longest = Math.max(...bars.map((bar) => bar.ms))
  if (longest === 0) return null
  const label = (ms: number): string => (ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms))
  return drawPlot(
    'phases',
    `Mean time of a round by phase: ${bars.map((bar) => `${bar.phase} ${label(bar.ms)}`).join(', ')}`,
    {
      width: 560,
      height: 160,
      marginLeft: 76,
      marginRight: 90,
      marginTop: 8,
      marginBottom: 12,
      x: { axis: null, domain: [0, longest] },
      y: { domain: bars.map((bar) => bar.phase), label: null, padding: 0.3 },
      marks: [
        Plot.barX(bars, { x: 'ms', y: 'phase', fill: palette.blue }),
        Plot.axisY({ tickSize: 0, label: null }),
        Plot.text(bars, { x: 'ms', y: 'phase', text: (bar) => label(bar.ms), dx: 6, textAnchor: 'start', fill: ink }),
      ],
    },
  )
}
