import type { ConfiguredAttack } from '#attacks/attack.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { CoalitionMember } from './member.ts'

/** The options of a coalition member that follow from the experiment: its aggregation and its edges to colluders. */
export function adversaryOptions(
  { exchange, dissemination, commitments }: Pick<Experiment, 'exchange' | 'dissemination' | 'commitments'>,
  attack: ConfiguredAttack,
): Pick<CoalitionMember, 'followsHonest' | 'privateEdges' | 'sendsModels'> {
  return {
    // All peers then receive the same vectors, including the crafted ones.
    followsHonest: exchange === 'gradients' && attack.delivery === 'broadcast',
    privateEdges: dissemination === 'direct' && commitments === 'off',
    sendsModels: exchange !== 'gradients',
  }
}
