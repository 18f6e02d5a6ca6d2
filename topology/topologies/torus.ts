import * as z from 'zod'
import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'
import { squarest } from './squarest.ts'

/**
 * A grid with opposite borders joined: peer r * columns + c is joined to the peers above, below, left and right.
 * Choices: with 2 rows the peers above and below are the same one, joined once, so the degree is 3. With 1 row the
 * graph is a ring.
 */
export const torus = defineTopology({
  name: 'torus',
  summary: 'A grid with opposite borders joined: four neighbours each',
  parameters: {
    rows: z.int().min(1).describe('Rows; rows times columns is the number of peers'),
    columns: z.int().min(1).describe('Columns'),
  },
  edges({ rows, columns }, n) {
    if (n !== rows * columns) {
      throw new RangeError(
        `torus of rows=${rows}, columns=${columns} needs n=${rows * columns} peers, got n=${n}${squarest(n)}`,
      )
    }
    const pairs: [number, number][] = []
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const i = r * columns + c
        pairs.push([i, r * columns + ((c + 1) % columns)], [i, ((r + 1) % rows) * columns + c])
      }
    }
    return simpleEdges(pairs)
  },
})
