import { defineCommand } from 'citty'
import { craftLine } from '../filters/craft.ts'
import { checkArguments } from './arguments.ts'
import { filterLines } from './filter-lines.ts'

export const craft = defineCommand({
  meta: {
    name: 'craft',
    description: 'Filter: one attack in JSON a line in, the crafted vector a line out',
  },
  async run({ rawArgs }) {
    checkArguments(rawArgs, {})
    process.exitCode = await filterLines(craftLine)
  },
})
