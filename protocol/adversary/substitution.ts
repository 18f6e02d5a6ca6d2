import type { Update } from '../round/update.ts'
import { type CoalitionMember, type ColluderVectors, confides } from './member.ts'

/** What a colluder aggregates in the place of an update. */
export interface Substitution {
  of(update: Update): Update
  /** Whether an update is to be replaced by a vector that is not here yet. */
  isEarly(update: Update): boolean
}

/**
 * Colluders aggregate honest vectors: in the place of another colluder's crafted update goes the honest vector that it shared,
 * if that is here. Those that follow the honest peers' x aggregate what everybody was told instead, their own crafted
 * vector included. Where a vector comes too late for that, the update stands and `attack-overtaken` is recorded.
 */
export function createSubstitution(member: CoalitionMember, { shared, told }: ColluderVectors): Substitution {
  const { self, followsHonest } = member
  const isColluder = new Set(member.otherColluders)
  const source = followsHonest ? told : shared
  const replaces = !followsHonest && !confides(member)
  return {
    of(update) {
      const { round, sender } = update
      const vector = source.get(round, sender)
      if (vector) return { ...update, vector }
      const late = followsHonest ? sender === self && !told.has(round) : replaces && isColluder.has(sender)
      if (late) {
        const atMs = member.clock.now()
        member.recorder.record({ type: 'attack-overtaken', peer: self, round, atMs, from: sender })
      }
      return update
    },
    isEarly: ({ round, sender }) => replaces && shared.get(round, sender) === undefined,
  }
}
