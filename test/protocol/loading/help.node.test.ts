import { expect, test } from 'vitest'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { experimentHelp } from '#protocol/loading/help.ts'
import { explainIssue } from '#protocol/loading/issues.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { experimentJsonSchema } from '#protocol/loading/schema-guide.ts'

test('the help lists the parameters of named choices, and shared ones once', () => {
  const lines = experimentHelp().split('\n')
  const line = (path: string) => lines.find((text) => text.startsWith(`  ${path} `))
  expect(line('learning.schedule')).toContain('one of constant, step (at, factor), fading (rate)')
  expect(line('aggregation')).toMatch(/ krum \(f, neighbours, squared\), .*; each takes before$/)
  expect(line('attack')).toMatch(/; each but none takes knowledge, delivery, rushing; default/)
  expect(line('learning.dataset')).toMatch(/cifar10, or { folder, sha256 }$/)
})

test.each([
  ['exchange', ['name', 'mode', 'merge', 'periodMs'], undefined],
  ['f', ['name', 'before'], undefined],
  ['', ['name'], undefined],
  ['webgpu', ['wasm', 'tfjs-webgpu'], 'tfjs-webgpu'],
  ['spraed', ['random', 'spread'], 'spread'],
  ['delays', ['rules', 'models'], undefined],
])('%j among %j means %j', (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant)
})

test.each([
  ['none', 'attack: "none" is not allowed; it takes a section { name: none }'],
  ['sign-flop', /^attack: "sign-flop" is not allowed; it takes a section { name: NAME, .*; did you mean sign-flip\?$/],
  [3, /^attack: 3 is not allowed; it takes a section { name: NAME, \.\.\. }, NAME one of none, little-is-enough, /],
])('a section written as %j gets an error that shows the right form', (attack, line) => {
  const experiment = { name: 'x', peers: { honest: 4 }, topology: { name: 'ring' }, learning: {}, attack }
  const issues = experimentSchema.safeParse(experiment).error?.issues ?? []
  const told = issues
    .flatMap((issue) => explainIssue(issue, experiment, experimentJsonSchema()))
    .find((text) => text.startsWith('attack'))
  if (typeof line === 'string') expect(told).toBe(line)
  else expect(told).toMatch(line)
})
