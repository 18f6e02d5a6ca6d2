import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { rules } from '#aggregation/registry.ts'
import { listKinds } from '#harness/commands/list.ts'
import { subCommands } from '#harness/commands/registry.ts'
import { builtPath } from '#harness/config/built.ts'
import { readCatalogue } from '#harness/config/catalogue.ts'
import { catalogue } from '#harness/documents/catalogue.ts'

test('the catalogue has the help of every command, those of a command included', async () => {
  const { help } = await catalogue()
  expect(Object.keys(help)).toEqual(
    expect.arrayContaining(['', 'topology show', 'data fetch', ...Object.keys(subCommands)]),
  )
  for (const name of Object.keys(subCommands)) expect(help['']).toContain(name)
  expect(stripVTControlCharacters(help['topology show'] ?? '')).toMatch(
    /USAGE hearsay topology show \[OPTIONS\] <FILE>/,
  )
})

test('the help of run explains the keys of an experiment, that of craft the keys of a line', async () => {
  const { help } = await catalogue()
  expect(help.run).toMatch(/^ {2}rounds\.evaluateEvery +Rounds between two evaluations/m)
  expect(help.craft).toContain('Keys of a line')
})

test('the catalogue has a table of every kind, with all its names', async () => {
  const { lists } = await catalogue()
  expect(Object.keys(lists)).toEqual(listKinds)
  expect(lists.rules?.rows.map(([name]) => name)).toEqual(expect.arrayContaining(rules.map(({ name }) => name)))
})

test('the built catalogue is that of the sources', async () => {
  const plain = (help: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(help).map(([name, text]) => [name, stripVTControlCharacters(text).replaceAll(/ +$/gm, '')]),
    )
  const [built, now] = [readCatalogue(), await catalogue()]
  expect({ ...built, help: plain(built.help) }).toEqual({ ...now, help: plain(now.help) })
})

test('the command starts without any library that takes time to load', () => {
  const seen = new Set<string>()
  const libraries = new Set<string>()
  const follow = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export|\}) ?(?:[^'"\n]*from )?"([^"]+)";$/gm,
    )) {
      if (from.startsWith('.')) follow(join(dirname(file), from))
      else if (!from.startsWith('node:')) libraries.add(from)
    }
  }
  follow(builtPath('harness/cli.js'))
  expect([...libraries].sort()).toEqual(['fastest-levenshtein', 'picocolors'])
})
