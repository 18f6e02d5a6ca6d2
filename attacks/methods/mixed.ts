import * as z from 'zod'
import { type ConfiguredAttack, defineAttack, type Known, type Manner } from '../attack.ts'
import { type KnowledgeLevel, knowledgeLevels } from '../facts.ts'

/** A member attack of `mixed`, configured by name. */
interface Role {
  readonly name: string
  readonly knowledge: readonly KnowledgeLevel[]
  configure(values: unknown): ConfiguredAttack
}

/**
 * Mixed: colluders play different attacks, so that a defence tuned against one attack meets several. The Byzantine peer
 * of rank r (ascending among all Byzantine peers) plays member r mod (number of members).
 *
 * Baruch et al. 2019, https://arxiv.org/abs/1902.06156, advise such hybrids.
 * Choices: knowledge, delivery and rushing belong to the mixture and hold for all members. Cost: that of the member
 * played.
 */
export function mixedOf(roles: readonly Role[]) {
  const roleOf = (values: { readonly name: string }): Role => {
    const role = roles.find(({ name }) => name === values.name)
    if (role) return role
    throw new RangeError(`mixed has no member ${values.name}; known: ${roles.map(({ name }) => name).join(', ')}`)
  }
  const member = (values: { readonly name: string }, manner: Manner): ConfiguredAttack =>
    roleOf(values).configure({ ...values, ...manner })
  /** A member for questions that do not depend on the manner, configured with the widest knowledge that it accepts. */
  const anyhow = (values: { readonly name: string }): ConfiguredAttack => {
    const { knowledge } = roleOf(values)
    return member(values, mannerAt(knowledgeLevels.findLast((level) => knowledge.includes(level)) ?? 'omniscient'))
  }
  const played = <T>(members: readonly T[], rank = 0): T => members[rank % members.length] as T
  return defineAttack({
    name: 'mixed',
    summary: 'Different attacks at different Byzantine peers, in turn',
    reference: 'https://arxiv.org/abs/1902.06156',
    requires: 'the requirements of its members',
    cost: 'that of the member played',
    knowledge: ['colluders', 'neighbourhood', 'omniscient'],
    parameters: {
      members: z
        .array(z.looseObject({ name: z.string() }))
        .min(1)
        .default([{ name: 'little-is-enough', z: 1.5 }, { name: 'sign-flip' }])
        .describe('Attacks with their options, as in `attack`; Byzantine peers play them in turn, by index'),
    },
    minColluders: ({ members }, knowledge) =>
      Math.max(...members.map((values) => member(values, mannerAt(knowledge)).minColluders)),
    flipsLabels: ({ members }, rank) => anyhow(played(members, rank)).flipsLabels(rank),
    train: (known, { members }, context, training) =>
      member(played(members, context.rank), mannerOf(known)).train?.(known, context, training),
    goal({ members }, data) {
      const goals = members.map((values) => anyhow(values).goal?.(data))
      return goals.find((goal) => goal !== undefined)
    },
    refuse({ members }, manner) {
      for (const [i, values] of members.entries()) {
        try {
          member(values, manner)
        } catch (error) {
          if (error instanceof z.ZodError)
            return `members[${i}]: ${error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')}`
          if (error instanceof RangeError) return `members[${i}]: ${error.message}`
          throw error
        }
      }
      return undefined
    },
    craft(known, { members }, context) {
      return member(played(members, context.rank), mannerOf(known)).craft(known, context)
    },
    conformance: [{}, { config: { members: [{ name: 'zero' }, { name: 'min-max' }] } }],
  })
}

function mannerOf(known: Known): Manner {
  return mannerAt('honest' in known ? 'omniscient' : 'heard' in known ? 'neighbourhood' : 'colluders')
}

/** The manner of a member of an accepted mixture. No attack refuses to craft for a single victim. */
function mannerAt(knowledge: KnowledgeLevel): Manner {
  return { knowledge, delivery: 'per-victim', rushing: false }
}
