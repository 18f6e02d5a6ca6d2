import type { ConfiguredAttack } from '#attacks/attack.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { CoalitionMember } from './member.ts'

/** What the Byzantine peers of an experiment aggregate and send one another. */
export function adversaryOptions(
  { exchange, dissemination, commitments }: Pick<Experiment, 'exchange' | 'dissemination' | 'commitments'>,
  attack: ConfiguredAttack,
): Pick<CoalitionMember, 'followsHonest' | 'privateEdges' | 'sendsModels'> {
  return {
    // All get the same vectors then, the Byzantine peers' own crafted ones among them.
    followsHonest: exchange === 'gradients' && attack.delivery === 'broadcast',
    privateEdges: dissemination === 'direct' && commitments === 'off',
    sendsModels: exchange !== 'gradients',
  }
}
