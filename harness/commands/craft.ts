import { defineCommand } from 'citty'
import { craftLine } from '../filters/craft.ts'
import { checkArguments } from './arguments.ts'
import { filterLines } from './filter-lines.ts'

export const craft = defineCommand({
  meta: {
    name: 'craft',
    description: 'Filter: read one attack per line (JSON), write the crafted vector as one line',
  },
  async run({ rawArgs }) {
    checkArguments(rawArgs, {})
    process.exitCode = await filterLines(craftLine)
  },
})
