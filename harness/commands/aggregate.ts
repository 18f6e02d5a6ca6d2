import { defineCommand } from 'citty'
import { aggregateLine } from '../filters/aggregate.ts'
import { checkArguments } from './arguments.ts'
import { filterLines } from './filter-lines.ts'

export const aggregate = defineCommand({
  meta: {
    name: 'aggregate',
    description: 'Filter: one aggregation in JSON a line in, its output a line out',
  },
  async run({ rawArgs }) {
    checkArguments(rawArgs, {})
    process.exitCode = await filterLines(aggregateLine)
  },
})
