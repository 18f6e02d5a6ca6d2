import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { Assignment } from '../wire/control.ts'
import { decodeHeldExamples, decodeTestExamples, decodeTestPieces } from '../wire/examples.ts'
import { heldData, joinExamples, onHeldData, type PeerData, wholeData } from './held-data.ts'
import type { JoinShell } from './join-shell.ts'

/** What a peer computes with: it needs its seat, and no neighbour. */
export interface Preparation {
  readonly data: Promise<PeerData>
  readonly compute: Promise<Compute>
  /** Whether it serves another assignment too, so that a second seating fetches nothing again. */
  serves(assignment: Assignment): boolean
  close(): Promise<void>
}

/** Fetches the data of a seat and starts what computes on it. A failure is seen where the result is needed. */
export function prepare(shell: JoinShell, experiment: Experiment, assignment: Assignment): Preparation {
  const { index, experimentId, dataUrl } = assignment
  const data = dataOf(shell, experiment, assignment)
  const compute = data.then(async ({ resident, places }) => {
    const pool = await shell.startCompute({
      model: experiment.learning.model,
      dataset: resident,
      engine: experiment.learning.engine,
      aggregation: experiment.exchange === 'none' ? { name: 'average', before: [] } : experiment.aggregation,
    })
    return onHeldData(pool, places)
  })
  compute.catch(() => undefined)
  return {
    data,
    compute,
    serves: (other) => other.index === index && other.experimentId === experimentId && other.dataUrl === dataUrl,
    async close() {
      await compute.then(
        (pool) => pool.close(),
        () => undefined,
      )
    },
  }
}

/** What the host sends of the data set, or the files of this machine. */
async function dataOf(
  shell: JoinShell,
  experiment: Experiment,
  { dataUrl, n }: Pick<Assignment, 'dataUrl' | 'n'>,
): Promise<PeerData> {
  if (dataUrl !== undefined) {
    const [train, test] = await Promise.all([shell.fetchData(`${dataUrl}train`), shell.fetchData(`${dataUrl}test`)])
    const held = decodeHeldExamples(train)
    const pieces = await Promise.all(decodeTestPieces(test).map((name) => shell.fetchData(`test/${name}`)))
    const tests = pieces.map((piece) => decodeTestExamples(piece, held))
    return heldData(held, joinExamples(tests))
  }
  if (!shell.readDataset)
    throw new RangeError('this peer has no files to read a data set from, and was told no address')
  return wholeData(experiment, await shell.readDataset(experiment.learning.dataset), n)
}
