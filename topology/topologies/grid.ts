import * as z from 'zod'
import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'
import { squarest } from './squarest.ts'

/** A grid with borders: peer r * columns + c is joined to its existing neighbours above, below, left and right. */
export const grid = defineTopology({
  name: 'grid',
  summary: 'A grid with borders: two to four neighbours each',
  parameters: {
    rows: z.int().min(1).describe('Rows; rows times columns is the number of peers'),
    columns: z.int().min(1).describe('Columns'),
  },
  edges({ rows, columns }, n) {
    if (n !== rows * columns) {
      throw new RangeError(
        `grid of rows=${rows}, columns=${columns} needs n=${rows * columns} peers, got n=${n}${squarest(n)}`,
      )
    }
    const pairs: [number, number][] = []
    for (let i = 0; i < n; i++) {
      if ((i + 1) % columns !== 0) pairs.push([i, i + 1])
      if (i + columns < n) pairs.push([i, i + columns])
    }
    return simpleEdges(pairs)
  },
})
