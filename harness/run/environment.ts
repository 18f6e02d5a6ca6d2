import { availableParallelism, cpus, release, totalmem } from 'node:os'
import type { RunOutcome } from '#protocol/simulation/outcome.ts'
import type { Environment } from '#report/summary/summary.ts'
import { packageVersion } from '../config/built.ts'

/** Machine, versions and the engine of each peer, for the run folder. */
export function environmentOf({ roster }: Pick<RunOutcome, 'roster'>): Environment {
  return {
    hearsay: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    engines: Object.fromEntries(roster.map(({ peer, engine }) => [String(peer), engine ?? 'unknown'])),
  }
}
