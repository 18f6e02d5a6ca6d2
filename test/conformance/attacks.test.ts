import { attacks } from '#attacks/registry.ts'
import { describeAttack } from './attack.ts'

/** Values beyond the defaults that go through other code; every attack is tried with its defaults besides. */
const more: Record<string, readonly Record<string, unknown>[]> = {
  'little-is-enough': [
    { z: 1.5 },
    { z: 'paper', scope: 'victim', whenNonPositive: 'mirror' },
    { z: 1, ddof: 1, sign: 1 },
  ],
}

for (const attack of attacks) {
  for (const knowledge of attack.knowledge) {
    for (const values of [{}, ...(more[attack.name] ?? [])]) {
      const title = [attack.name, knowledge, JSON.stringify(values)].join(' ')
      describeAttack({ title, attack: attack.configure({ name: attack.name, knowledge, ...values }) })
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
