import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { Assignment } from '../wire/control.ts'
import { decodeHeldExamples, decodeTestExamples, decodeTestPieces } from '../wire/examples.ts'
import { heldData, joinExamples, onHeldData, type PeerData, wholeData } from './held-data.ts'
import type { JoinShell } from './join-shell.ts'

/** The data and the compute of a peer. They depend on its seat, but on no neighbour. */
export interface Preparation {
  readonly data: Promise<PeerData>
  readonly compute: Promise<Compute>
  /** Whether it also fits another assignment, so that a second seating need not fetch the data again. */
  serves(assignment: Assignment): boolean
  close(): Promise<void>
}

/** Fetches the data of a seat and starts the compute. A failure rejects `data` or `compute`. */
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

/** The data from the host, or from files of this machine if the assignment has no data address. */
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
    throw new RangeError('this peer cannot read a data set from files, and its assignment has no data address')
  return wholeData(experiment, await shell.readDataset(experiment.learning.dataset), n)
}
