import * as z from 'zod'
import { inOneLine, OwnCodeError } from '#aggregation/contract.ts'
import { type ConfiguredAttack, type Crafted, defineAttack, type Known } from './attack.ts'
import { knowledgeLevels } from './facts.ts'

/** A user's own attack, made by `defineAttack`, with any parameters. */
export interface OwnAttack {
  readonly name: string
  configure(values: unknown): ConfiguredAttack
}

/** The attacks that this process has loaded, by their files. */
const loaded = new Map<string, OwnAttack>()

/** Makes the attack of a file known to this process. */
export function provideOwnAttack(file: string, attack: OwnAttack): void {
  loaded.set(file, attack)
}

/**
 * A user's own attack: a TypeScript or JavaScript file that declares it with `defineAttack` and exports it as `attack`.
 * The file declares the knowledge that it supports; the experiment chooses knowledge and delivery.
 */
export const moduleAttack = defineAttack({
  name: 'module',
  summary: 'An attack of your own: a TypeScript or JavaScript file that exports `attack`, made by defineAttack',
  reference: 'docs/extending.md',
  requires: 'its own',
  cost: 'its own',
  knowledge: knowledgeLevels,
  parameters: {
    module: z.string().min(1).describe('The file, relative to the working directory'),
    parameters: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("The attack's own parameters, passed to it unchanged"),
  },
  minColluders: () => 1,
  craft() {
    throw new RangeError('an attack of your own needs a Node process: use runtime simulation or processes')
  },
})

/**
 * The attack of a file, with its parameters. Its vectors must have the length of the known ones; their numbers need not
 * be finite, because attacks may send any. Throws RangeError if this process has not loaded the file, and OwnCodeError
 * if the parameters do not fit.
 */
export function configureOwnAttack(values: z.output<typeof moduleAttack.config>): ConfiguredAttack {
  const { module, parameters, knowledge, delivery, rushing } = values
  const attack = loaded.get(module)
  if (!attack) throw new RangeError(`an attack of your own needs a Node process; ${module} is not loaded here`)
  const configured = naming(module, 'does not fit', () =>
    attack.configure({ ...parameters, name: attack.name, knowledge, delivery, rushing }),
  )
  return {
    ...configured,
    craft: (known, context) =>
      checkedCraft(
        module,
        naming(module, 'threw', () => configured.craft(privateCopy(known), context)),
        known,
      ),
  }
}

/** The known vectors in new arrays: an attack may write into them, and peers use the original ones. */
function privateCopy(known: Known): Known {
  const copies = new Map<Float32Array, Float32Array>()
  const copy = (vector: Float32Array): Float32Array => {
    const made = copies.get(vector) ?? vector.slice()
    copies.set(vector, made)
    return made
  }
  return {
    colluders: known.colluders.map(copy),
    ...('heard' in known ? { heard: known.heard.map(({ peer, vector }) => ({ peer, vector: copy(vector) })) } : {}),
    ...('honest' in known ? { honest: known.honest.map(copy) } : {}),
  }
}

/** Runs code of the attack. Any error becomes an OwnCodeError that names the file. */
function naming<T>(module: string, what: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new OwnCodeError(`the attack ${module} ${what}: ${inOneLine(error)}`)
  }
}

/** A crafted vector with the length of the known ones, in a new array. Throws OwnCodeError for anything else. */
function checkedCraft(module: string, crafted: unknown, known: Known): Crafted {
  const refuse = (what: string): never => {
    throw new OwnCodeError(`the attack ${module} ${what}`)
  }
  const { output, z: factor, holdBack, state, trace } = Object(crafted) as Partial<Crafted>
  const d = (known.colluders[0] ?? ('honest' in known ? known.honest[0] : undefined))?.length
  if (output === undefined) return refuse('returned no output; expected a Float32Array or null')
  if (output !== null && !(output instanceof Float32Array))
    return refuse('must return output as a Float32Array or null')
  if (output && d !== undefined && output.length !== d)
    return refuse(`crafted ${output.length} numbers from vectors of ${d}`)
  if (factor !== undefined && typeof factor !== 'number')
    return refuse(`must return z as a number, got ${typeof factor}`)
  if (holdBack !== undefined && !(holdBack >= 0 && holdBack <= 1))
    return refuse(`must return holdBack from 0 to 1, got ${holdBack}`)
  return {
    output: output && Float32Array.from(output),
    ...(factor === undefined ? {} : { z: factor }),
    ...(holdBack === undefined ? {} : { holdBack }),
    ...(trace ? { trace } : {}),
    ...(state ? { state } : {}),
  }
}
