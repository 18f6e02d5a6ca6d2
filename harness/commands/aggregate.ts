import { defineCommand } from 'citty'
import { aggregateLine } from '../filters/aggregate.ts'
import { checkArguments } from './arguments.ts'
import { filterLines } from './filter-lines.ts'

export const aggregate = defineCommand({
  meta: {
    name: 'aggregate',
    description: 'Filter: read one aggregation per line (JSON), write its output as one line',
  },
  async run({ rawArgs }) {
    checkArguments(rawArgs, {})
    process.exitCode = await filterLines(aggregateLine)
  },
})
