// Builds dist/ from nothing: Node entries, the library's modules and the workers with esbuild, the page with vite.
// `node scripts/build.mjs --types` also writes the declarations (tsc).
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildKernels } from './build-kernels.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

rmSync('dist', { recursive: true, force: true })
await buildKernels()
if (process.argv.includes('--types')) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' })
}

const modules = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes(join('kernels', 'assembly')))

await build({
  entryPoints: [
    'harness/cli.ts',
    'harness/setup.ts',
    'harness/sweep/child.ts',
    'node/peer.ts',
    'node/compute/worker.ts',
    ...['aggregation', 'attacks', 'learning', 'protocol'].flatMap(modules),
  ],
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['hearsay-source'],
  // @libp2p/webrtc is bundled, because whoever installs the package would get React Native with it (docs/decisions).
  external: Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]),
  sourcemap: 'linked',
  logLevel: 'warning',
})

if (existsSync('browser/index.html')) {
  const vite = await import('vite')
  await vite.build({ configFile: 'vite.config.ts', logLevel: 'warn' })
  // Not by vite: what it adds to dynamic imports wants a document, which a worker has not.
  await build({
    entryPoints: { 'compute-worker': 'browser/compute/worker.ts' },
    outdir: 'dist/browser',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    conditions: ['hearsay-source'],
    logLevel: 'warning',
  })
}
