import type { Update } from '../round/update.ts'
import { type CoalitionMember, type ColluderVectors, confides } from './member.ts'

/** Replaces received updates by the ones that a colluder aggregates. */
export interface Substitution {
  of(update: Update): Update
  /** Whether the vector that replaces an update is still missing. */
  isEarly(update: Update): boolean
}

/**
 * Colluders aggregate honest vectors: the honest vector that another colluder shared replaces its crafted update.
 * With `followsHonest` they aggregate the vectors that all peers received, including their own crafted one. If the
 * replacing vector comes too late, the update stays and `attack-overtaken` is recorded.
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
