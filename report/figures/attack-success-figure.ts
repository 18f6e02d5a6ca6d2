import { ownMean, ownWorst, twinStyles } from '../drawing/figures.ts'
import { lineChart, type Series } from '../drawing/line-chart.ts'
import { roleOf } from '../summary/findings.ts'
import type { Curves, Summary } from '../summary/summary.ts'
import { percent } from '../summary/wording.ts'

/**
 * Attack success over rounds, mean over honest peers, of the run and each twin. A twin without the attack gives the
 * base rate. Null if no run has a probe.
 */
export function attackSuccessFigure({ curves, twins, experiment }: Summary): string | null {
  const styles = twinStyles(twins.map((twin) => roleOf(experiment, twin)))
  const runs = [
    { label: 'this run', curves, style: ownMean, bold: true },
    ...twins.map((twin, i) => ({ label: twin.label, curves: twin.curves, style: styles[i] ?? ownWorst, bold: false })),
  ]
  const series = runs.flatMap(({ label, style, bold, curves: { rounds, attackSuccess } }): Series[] => {
    if (!attackSuccess || rounds.length === 0) return []
    return [{ label, value: percent(attackSuccess.at(-1)), style, bold, points: pointsOf(rounds, attackSuccess) }]
  })
  if (series.length === 0) return null
  return lineChart({
    name: 'attack-success',
    description: `Attack success over rounds: ${series.map((line) => `${line.label} ends at ${line.value}`).join('; ')}`,
    series,
    width: 560,
    height: 240,
    xLabel: 'round',
    yLabel: "share of the probe's images taken for the target",
    yDomain: [0, 1],
    yFormat: (value) => `${Math.round(value * 100)} %`,
  })
}

function pointsOf(rounds: Curves['rounds'], values: readonly number[]): { x: number; y: number }[] {
  return rounds.map((round, i) => ({ x: round + 1, y: values[i] as number }))
}
