import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { arrowsOf } from '#harness/documents/rooms.ts'
import { sourceFiles } from '#harness/documents/source-files.ts'
import { packageFolder } from '#node/data/package-folder.ts'

interface Step {
  readonly section: string
  readonly file: string
  /** Hands over from the step before, where neither of the two imports the other. */
  readonly by: string | undefined
}

/** The numbered lists of ARCHITECTURE.md, "The way of an update". */
function steps(): Step[] {
  const page = readFileSync(join(packageFolder(), 'ARCHITECTURE.md'), 'utf8')
  const [, way = ''] = /## The way of an update\n([\s\S]*?)\n## /.exec(page) ?? []
  return way.split('\n### ').flatMap((text) => {
    const section = text.split('\n', 1)[0] ?? ''
    return [...text.matchAll(/^\d+\. `([^`]+)`(.*(?:\n(?!\d+\. |\n|$).*)*)/gm)].map(([, file = '', rest = '']) => ({
      section,
      file,
      by: /by `([^`]+)`/.exec(rest)?.[1],
    }))
  })
}

const sources = sourceFiles()
const imports = new Set(arrowsOf(sources).map(({ from, to }) => `${from} ${to}`))
const linked = (a: string, b: string): boolean => imports.has(`${a} ${b}`) || imports.has(`${b} ${a}`)

test('the way of an update names each file once, and all of them exist', () => {
  const files = steps().map(({ file }) => file)
  expect(files.length).toBeGreaterThan(30)
  expect(files.filter((file, i) => files.indexOf(file) !== i)).toEqual([])
  expect(files.filter((file) => !existsSync(join(packageFolder(), file)))).toEqual([])
})

test('each file of the way hands over to the next', () => {
  const all = steps()
  const torn = all.flatMap(({ section, file, by }, i) => {
    const before = all[i - 1]
    if (before?.section !== section) return []
    const handedOver = by
      ? imports.has(`${by} ${before.file}`) && imports.has(`${by} ${file}`)
      : linked(before.file, file)
    return handedOver || (by === before.file && linked(by, file)) ? [] : [`${before.file} -> ${file}`]
  })
  expect(torn).toEqual([])
})

test('the way goes from training over sending and receiving to the rule', () => {
  expect([...new Set(steps().map(({ section }) => section))]).toEqual([
    'Train',
    'Send',
    'Receive',
    'Close the round',
    'Aggregate',
  ])
})
