import { defineAttack, z } from 'hearsay/attacks/attack'

/**
 * Shifted mean: the mean of the colluders' honest vectors, with every coordinate moved up by `shift`. An example for
 * docs/extending.md, not an attack to recommend.
 */
export const attack = defineAttack({
  name: 'shifted-mean',
  summary: "The mean of the colluders' vectors, moved up in every coordinate",
  reference: 'docs/extending.md',
  requires: 'm >= 1',
  cost: 'm d',
  knowledge: ['colluders'],
  shareable: true,
  parameters: { shift: z.number().default(0.05).describe('How far each coordinate is moved') },
  minColluders: () => 1,
  craft({ colluders }, { shift }) {
    const output = new Float32Array(colluders[0]?.length ?? 0)
    for (const vector of colluders)
      for (let k = 0; k < output.length; k++) output[k]! += (vector[k] ?? 0) / colluders.length
    return { output: output.map((mean) => mean + shift) }
  },
})
