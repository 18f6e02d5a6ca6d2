import { layoutGraph } from '../drawing/layout.ts'
import type { Summary } from '../summary/summary.ts'
import { count, probed } from '../summary/wording.ts'
import { accuracyFigure } from './accuracy-figure.ts'
import { accuracyOverTimeFigure } from './accuracy-over-time-figure.ts'
import { attackSuccessFigure } from './attack-success-figure.ts'
import { consensusFigure } from './consensus-figure.ts'
import { influenceFigure } from './influence-figure.ts'
import { kappaFigure } from './kappa-figure.ts'
import { partitionFigure } from './partition-figure.ts'
import { phasesFigure } from './phases-figure.ts'
import { realisedZFigure } from './realised-z-figure.ts'
import { drawTopology, edgeStride } from './topology-figure.ts'
import { trafficFigure } from './traffic-figure.ts'
import { trimmingFigure } from './trimming-figure.ts'

export interface RunFigure {
  /** File name without its ending. */
  readonly name: string
  readonly title: string
  readonly caption: string
  /** Null where there is nothing to draw. */
  readonly svg: string | null
}

/** Every figure of a run, those of the first screen first. */
export function runFigures(summary: Summary): RunFigure[] {
  const { peers, edges, experiment, twins, exact } = summary
  const byzantine = peers.filter((peer) => peer.role === 'byzantine').map((peer) => peer.peer)
  const layout = layoutGraph(peers.length, edges)
  const source = exact ? 'Computed from whole vectors.' : 'Estimated from 256 coordinates of each vector.'
  const beside = twins.length > 0 ? ' Twins are simulations of the same experiment with a few values changed.' : ''
  const simulated = peers.every(({ kind }) => kind === 'simulated')
  const stride = edgeStride(edges.length)
  const undrawn = stride > 1 ? `, one of every ${stride} drawn` : ''
  return [
    {
      name: 'accuracy',
      title: 'Accuracy over rounds',
      caption: `Honest peers only; the band spans from the worst peer to the mean.${beside}`,
      svg: accuracyFigure(summary, { width: 840, height: 400 }),
    },
    {
      name: 'topology',
      title: 'Who talks to whom',
      caption: `${experiment.topology.name}, ${count(edges.length, 'edge')}${undrawn}.`,
      svg: drawTopology({ n: peers.length, edges, byzantine, size: 340, layout }),
    },
    {
      name: 'attack-success',
      title: 'Attack success',
      caption: `${probed(summary)}.`,
      svg: attackSuccessFigure(summary),
    },
    {
      name: 'trimming',
      title: 'Who was trimmed by whom',
      caption: `The half of an edge next to an honest peer shows the influence of the neighbour on its aggregate in that round.${summary.influenceRounds?.liarsOnly ? ' Edges from Byzantine peers only.' : ''}`,
      svg: trimmingFigure(summary, layout),
    },
    {
      name: 'partition',
      title: 'Who holds what',
      caption: 'Training examples of each label at each peer; last row: all labels.',
      svg: partitionFigure(summary),
    },
    {
      name: 'influence',
      title: 'Who counted how much',
      caption:
        'Influence of each vector at each honest peer in per cent, mean over its rounds; 0: trimmed away or never received.',
      svg: influenceFigure(summary),
    },
    {
      name: 'realised-z',
      title: 'Realised z',
      caption: `Distance of the crafted vector from the honest mean, in honest standard deviations of the victim’s neighbourhood. ${source}`,
      svg: realisedZFigure(summary),
    },
    {
      name: 'kappa',
      title: 'Empirical kappa',
      caption: `Squared distance of the aggregate from the honest mean, divided by the honest variance. ${source}`,
      svg: kappaFigure(summary),
    },
    {
      name: 'consensus',
      title: 'Consensus distance',
      caption: `Mean squared distance of honest models to their mean. ${source}`,
      svg: consensusFigure(summary),
    },
    {
      name: 'accuracy-over-time',
      title: 'Accuracy over time',
      caption: simulated
        ? 'Virtual seconds, from the delays and computing times of the experiment.'
        : 'Seconds since round 0, mean over honest peers.',
      svg: accuracyOverTimeFigure(summary),
    },
    {
      name: 'traffic',
      title: 'Traffic',
      caption: 'Bytes of updates since the start, framing included.',
      svg: trafficFigure(summary),
    },
    {
      name: 'phases',
      title: 'Time of a round',
      caption: 'Phases of a round, mean over honest peers and rounds.',
      svg: phasesFigure(summary),
    },
  ]
}
