import { defineCommand } from 'citty'
import { type Replay, replay as replayRun } from '../replay/replay.ts'
import { interruption } from '../run/interruption.ts'
import { colours } from '../terminal/colours.ts'
import { createProgress, type Progress } from '../terminal/progress.ts'
import { checkArguments, wholeNumber } from './arguments.ts'

const args = {
  folder: { type: 'positional', description: 'A run folder', required: true },
  workers: { type: 'string', description: 'Worker threads (default: one per core)', valueHint: 'N' },
  json: { type: 'boolean', description: 'Print the result as JSON' },
} as const

export const replay = defineCommand({
  meta: {
    name: 'replay',
    description:
      'Compute a run again from its folder and compare bit for bit. Class D0: a simulation. D1: a swarm on the wasm engine, from the updates that each peer used. D2: cannot be replayed, and the report states why. A run with a rule or an attack of your own is D2 too: it is compared with what that code computes now',
  },
  args,
  async run({ args: { folder, workers, json }, rawArgs }) {
    checkArguments(rawArgs, args)
    const count = wholeNumber(workers, 'workers', 1, 1024)
    const signal = interruption()
    let progress: Progress | undefined
    let result: Replay
    try {
      result = await replayRun(folder, {
        signal,
        watch({ name, rounds }) {
          progress = createProgress({ name, rounds: rounds.count, twins: [] })
          return progress.record
        },
        ...(count === undefined ? {} : { workers: count }),
      })
    } finally {
      progress?.stop()
    }
    if (signal.aborted) {
      process.exitCode = 130
      return
    }
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${lines(result).join('\n')}\n`)
    process.exitCode = result.first === null && result.recorded > 0 ? 0 : 1
  },
})

function lines({ class: repetition, as, reason, recorded, equal, first, transcript }: Replay): string[] {
  const how = as === 'D0' ? 'simulated again' : 'computed again from its delivery sets'
  const verdict =
    recorded === 0
      ? colours.red('✗ the run evaluated no model: nothing to compare')
      : first === null
        ? colours.green(`✓ all ${recorded} recorded models are equal, bit for bit`)
        : colours.red(
            `✗ ${equal} of ${recorded} recorded models are equal; the first difference is at peer ${first.peer} after round ${first.round + 1}`,
          )
  return [
    `${verdict} (class ${repetition}, ${how})`,
    ...(repetition === 'D2' && reason ? [`  ${reason}: this compares with its present code`] : []),
    `  transcript recorded ${transcript.recorded ?? 'none'}`,
    `  transcript replayed ${transcript.replayed ?? 'none'}`,
  ]
}
