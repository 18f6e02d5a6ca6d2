import type { CommandDef } from 'citty'
import { packageVersion } from '../config/built.ts'

/** The module of a command is imported only when it is called: no command loads the libraries of another. */
export const subCommands = {
  init: () => import('./init.ts').then(({ init }) => init),
  check: () => import('./check.ts').then(({ check }) => check),
  run: () => import('./run.ts').then(({ run }) => run),
  sweep: () => import('./sweep.ts').then(({ sweep }) => sweep),
  host: () => import('./host.ts').then(({ host }) => host),
  join: () => import('./join.ts').then(({ join }) => join),
  relay: () => import('./relay.ts').then(({ relay }) => relay),
  report: () => import('./report.ts').then(({ report }) => report),
  topology: () => import('./topology-show.ts').then(({ topology }) => topology),
  list: () => import('./list.ts').then(({ list }) => list),
  data: () => import('./data.ts').then(({ data }) => data),
  aggregate: () => import('./aggregate.ts').then(({ aggregate }) => aggregate),
  craft: () => import('./craft.ts').then(({ craft }) => craft),
  bench: () => import('./bench.ts').then(({ bench }) => bench),
  replay: () => import('./replay.ts').then(({ replay }) => replay),
  reproduce: () => import('./reproduce.ts').then(({ reproduce }) => reproduce),
  doctor: () => import('./doctor.ts').then(({ doctor }) => doctor),
  completion: () => import('./completion.ts').then(({ completion }) => completion),
} as const satisfies Record<string, () => Promise<unknown>>

export const main: CommandDef = {
  meta: {
    name: 'hearsay',
    version: packageVersion(),
    description: 'A testbed for decentralised learning with Byzantine peers',
  },
  subCommands: subCommands as unknown as Record<string, () => Promise<CommandDef>>,
}
