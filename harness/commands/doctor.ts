import { defineCommand } from 'citty'
import { examine } from '../machine/doctor.ts'
import { colours } from '../terminal/colours.ts'
import { checkArguments } from './arguments.ts'

const args = { json: { type: 'boolean', description: 'Print the findings as JSON' } } as const

export const doctor = defineCommand({
  meta: { name: 'doctor', description: 'Report what this machine can run, and how to install anything missing' },
  args,
  async run({ args: { json }, rawArgs }) {
    checkArguments(rawArgs, args)
    const findings = await examine()
    if (json) {
      process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
    } else {
      const marks = { good: colours.green('✓'), limited: colours.yellow('!'), missing: colours.red('✗') }
      for (const { subject, state, detail, remedy } of findings) {
        process.stdout.write(`${marks[state]} ${subject}: ${detail}\n${remedy ? `    ${remedy}\n` : ''}`)
      }
    }
    process.exitCode = findings.some(({ state }) => state === 'missing') ? 1 : 0
  },
})
