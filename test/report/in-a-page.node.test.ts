import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { packageFolder } from '#node/data/package-folder.ts'

/** Bundles sources as for a page; resolves to the imports that failed: modules of Node, and missing files. */
async function leftOver(...paths: string[]): Promise<string[]> {
  const { metafile, warnings } = await build({
    absWorkingDir: packageFolder(),
    stdin: {
      contents: paths.map((path) => `export * as ${path.replaceAll(/\W/g, '_')} from './${path}'`).join('\n'),
      resolveDir: packageFolder(),
    },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['hearsay-source'],
    logLevel: 'silent',
  })
  const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
    // linkedom uses `canvas` only if it is installed.
    imports.filter(({ external, path }) => external && path !== 'canvas').map(({ path }) => path),
  )
  return [...outside, ...warnings.map(({ text }) => text)]
}

test('a page may load and check an experiment, simulate it and draw its report', async () => {
  const rooms = ['protocol/loading/load.ts', 'protocol/simulation/simulate.ts', 'report/summary/summarise.ts']
  expect(await leftOver(...rooms, 'report/page/html.ts', 'report/sweep/html.ts', 'report/comparison/html.ts')).toEqual(
    [],
  )
})

test('that check finds sources that need files', async () => {
  await expect(leftOver('harness/config/load.ts')).rejects.toThrow(/node:fs/)
})
