import type { PipelineConfig } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'
import type { AttackUnderTest } from './attack.ts'
import type { RuleUnderTest } from './rule.ts'

type Declared = { readonly name: string; readonly before?: readonly Declared[]; readonly [parameter: string]: unknown }

/** Every case that a rule or pre-aggregator of the registries declares. */
export const ruleCases: readonly RuleUnderTest[] = [
  ...rules.flatMap(({ name, conformance = [{}] }) =>
    conformance.map(({ title, config, ...facts }) => ({
      ...facts,
      title: title === undefined ? name : `${name} ${title}`,
      config: (f: number) => withTolerance({ name, ...config }, f),
    })),
  ),
  ...preAggregators.flatMap(({ name, conformance = [{}] }) =>
    conformance.map(({ title, config, rule = { name: 'average' }, ...facts }) => {
      const before = [{ name, ...config }, ...(rule.before ?? [])]
      const stages = [...before, rule].map((stage) => stage.name).join(' + ')
      return {
        ...facts,
        title: title === undefined ? stages : `${stages} ${title}`,
        config: (f: number) => withTolerance({ ...rule, before }, f),
      }
    }),
  ),
]

/** Sets f in a method and those before it, unless they have no f or it is given. */
function withTolerance({ before, ...method }: Declared, f: number): PipelineConfig {
  const declaration = [...rules, ...preAggregators].find(({ name }) => name === method.name)
  if (!declaration) throw new Error(`a case names ${method.name}, which is in no registry`)
  return {
    ...('f' in declaration.parameters ? { f } : {}),
    ...method,
    ...(before ? { before: before.map((stage) => withTolerance(stage, f)) } : {}),
  }
}

/** Every case that an attack of the registry declares, at each level of knowledge. */
export const attackCases: readonly AttackUnderTest[] = attacks.flatMap(
  ({ name, knowledge: levels, conformance = [{}], configure }) =>
    conformance.flatMap(({ title, config = {}, knowledge = levels, unusable = false }) =>
      knowledge.map((level) => ({
        title: [name, ...(title === undefined ? [level, JSON.stringify(config)] : [title])].join(' '),
        attack: configure({ name, knowledge: level, ...config }),
        unusable,
      })),
    ),
)
