import { attacks } from '#attacks/registry.ts'
import { describeAttack } from './attack.ts'

/** Values beyond the defaults that go through other code; every attack is tried with its defaults besides. */
const more: Record<string, readonly Record<string, unknown>[]> = {
  'little-is-enough': [
    { z: 1.5 },
    { z: 'paper', scope: 'victim', whenNonPositive: 'mirror' },
    { z: 1, ddof: 1, sign: 1 },
    { z: 'optimised' },
  ],
  backdoor: [{ z: 1, variant: 'sample' }, { z: 'paper' }],
  'inner-product-manipulation': [{ tau: 'optimised' }],
  gaussian: [{ mu: 2, sigma: 3, centre: 'mean' }],
  mimic: [{ target: 1 }],
  'min-max': [{ perturbation: 'unit' }, { perturbation: 'sign' }],
  'min-sum': [{ perturbation: 'unit' }, { perturbation: 'sign' }],
  fang: [{ form: 'krum' }],
  stall: [{ mode: 'drip' }],
  mixed: [{ members: [{ name: 'zero' }, { name: 'min-max' }] }],
}

/** Attacks whose defaults send nothing, or numbers that transports refuse. */
const unusable = (attack: string, values: Record<string, unknown>) =>
  attack === 'non-finite' || (attack === 'stall' && values.mode !== 'drip')

for (const attack of attacks) {
  for (const knowledge of attack.knowledge) {
    for (const values of [{}, ...(more[attack.name] ?? [])]) {
      const title = [attack.name, knowledge, JSON.stringify(values)].join(' ')
      describeAttack({
        title,
        attack: attack.configure({ name: attack.name, knowledge, ...values }),
        unusable: unusable(attack.name, values),
      })
    }
  }
}
describeAttack({
  title: 'little-is-enough around the victim',
  attack: attacks[0].configure({
    name: 'little-is-enough',
    z: 1,
    centre: 'victim',
    knowledge: 'neighbourhood',
    delivery: 'per-victim',
  }),
})
