import { isExternal } from '#aggregation/rules/external.ts'
import type { Experiment } from '../experiment/schema.ts'

/** The user's own rule or attack that an experiment runs. */
export interface OwnCode {
  /** The section of the experiment. */
  readonly section: 'aggregation' | 'attack'
  readonly what: 'rule' | 'attack'
}

/** The user's own rule in an experiment, else the user's own attack; undefined if there is neither. */
export function ownCodeOf({ aggregation, attack }: Pick<Experiment, 'aggregation' | 'attack'>): OwnCode | undefined {
  if (isExternal(aggregation.name)) return { section: 'aggregation', what: 'rule' }
  if (attack.name === 'module') return { section: 'attack', what: 'attack' }
  return undefined
}
