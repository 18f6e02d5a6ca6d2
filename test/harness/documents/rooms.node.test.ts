import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { wrongImports } from '#harness/documents/documents.ts'
import { picture, type Room, violations } from '#harness/documents/rooms.ts'
import { sourceFiles } from '#harness/documents/source-files.ts'
import { packageFolder } from '#node/data/package-folder.ts'

const { rooms } = JSON.parse(readFileSync(join(packageFolder(), 'docs/rooms.json'), 'utf8')) as { rooms: Room[] }

/** The sources with one line more in one file. */
function withLine(file: string, line: string): Map<string, string> {
  const sources = sourceFiles()
  const text = sources.get(file)
  if (text === undefined) throw new Error(`there is no ${file}`)
  return sources.set(file, `${line}\n${text}`)
}

test('imports between rooms go downwards only, and every file has a room', () => {
  expect(wrongImports()).toEqual([])
})

test.each([
  [
    'protocol/round/step.ts',
    "import { createPeer } from '../peer/peer.ts'",
    'protocol/round/step.ts:1: imports protocol/peer/peer.ts: protocol/peer stands above protocol/round in docs/rooms.json, and imports go downwards only',
  ],
  [
    'aggregation/math/mean.ts',
    "import type { rules } from '#aggregation/registry.ts'",
    'aggregation/math/mean.ts:1: imports aggregation/registry.ts: aggregation/registry.ts stands above aggregation/math in docs/rooms.json, and imports go downwards only',
  ],
  [
    'harness/terminal/tally.ts',
    "const { performRun } = await import('../run/run.ts')",
    'harness/terminal/tally.ts:1: imports harness/run/run.ts: harness/run stands above harness/terminal in docs/rooms.json, and imports go downwards only',
  ],
  [
    'browser/main.ts',
    "import { loadDataset } from '#node/data/load.ts'",
    'browser/main.ts:1: imports node/data/load.ts: code for browser never imports code for node',
  ],
  [
    'report/page/html.ts',
    "import { loadDataset } from '#node/data/load.ts'",
    'report/page/html.ts:1: imports node/data/load.ts: report runs on every platform, node in node only',
  ],
])('in %s, %s is refused', (file, line, problem) => {
  expect(violations(withLine(file, line), rooms)).toEqual([problem])
})

test('a loose file and an import of one are refused', () => {
  const sources = withLine('protocol/round/step.ts', "import { x } from '../utils.ts'").set('protocol/utils.ts', '')
  expect(violations(sources, rooms)).toEqual([
    'protocol/utils.ts: is in no room of docs/rooms.json; move it, or list its folder with its subject',
    'protocol/round/step.ts:1: imports protocol/utils.ts, which is in no room of docs/rooms.json',
  ])
})

test('every listed room exists, and none is listed twice', () => {
  const files = [...sourceFiles().keys()]
  const empty = rooms.filter(({ room }) => !files.some((file) => file === room || file.startsWith(`${room}/`)))
  expect(empty).toEqual([])
  expect(new Set(rooms.map(({ room }) => room)).size).toBe(rooms.length)
})

test('at most 60 files of aggregation, attacks, protocol and harness lie loose', () => {
  const loose = [...sourceFiles().keys()].filter((file) => /^(aggregation|attacks|protocol|harness)\/[^/]+$/.test(file))
  expect(loose.length).toBeLessThanOrEqual(60)
})

test('no source file but a kernel has more than 300 lines', () => {
  const long = [...sourceFiles()].filter(([file, text]) => !file.includes('/kernels/') && text.split('\n').length > 301)
  expect(long.map(([file]) => file)).toEqual([])
})

test('the picture has the arrows between top-level folders, without those that others imply', () => {
  const sources = new Map([
    ['c/x.ts', "import { y } from '#b/y.ts'\nimport { z } from '#a/z.ts'"],
    ['b/y.ts', "import type { z } from '#a/z.ts'"],
    ['a/z.ts', ''],
  ])
  expect(picture(sources)).toBe('```mermaid\nflowchart TD\n  b --> a\n  c --> b\n```')
})

test('npm run check fails on a wrong import, and says which', () => {
  const root = packageFolder()
  const copy = mkdtempSync(join(tmpdir(), 'hearsay-rooms-'))
  try {
    for (const { name } of [...new Set(rooms.map(({ room }) => room.split('/')[0] as string))].map((name) => ({
      name,
    })))
      cpSync(join(root, name), join(copy, name), { recursive: true })
    for (const file of ['docs', 'scripts', 'package.json', 'README.md', 'ARCHITECTURE.md', 'ARTIFACT.md'])
      cpSync(join(root, file), join(copy, file), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const file = join(copy, 'protocol/round/update.ts')
    writeFileSync(file, `import type { Peer } from '../peer/peer-ports.ts'\n${readFileSync(file, 'utf8')}`)
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=hearsay-source', 'scripts/docs.ts', '--check'],
      { cwd: copy, encoding: 'utf8' },
    )
    expect(stderr).toContain(
      'protocol/round/update.ts:1: imports protocol/peer/peer-ports.ts: protocol/peer stands above',
    )
    expect(status).toBe(1)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})
