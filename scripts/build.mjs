// Builds the parts with changed sources: kernels (AssemblyScript), node (dist/ for Node, with esbuild), page
// (dist/browser, with vite) and types (declarations, with tsc).
// `node scripts/build.mjs [PART...]`; by default all parts.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildKernels } from './build-kernels.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...path) => join(root, ...path)
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))

/** Folders of the library. Every module in them is an entry point. */
const library = ['aggregation', 'attacks', 'learning', 'topology', 'protocol', 'library']
const nodeEntries = [
  'harness/cli.ts',
  'harness/index.ts',
  'harness/setup.ts',
  'harness/catalogue.ts',
  'harness/sweep/child.ts',
  'node/peer.ts',
  'node/compute/worker.ts',
]
const nodeFolders = [...library, 'report', 'node', 'harness']
const configs = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'vite.config.ts',
  'platform.d.ts',
  'scripts',
]

/**
 * Each part: the folders that it reads, its files in dist/, and its build. `build` resolves to the files that it wrote,
 * relative to dist/.
 */
const parts = {
  node: { reads: nodeFolders, owns: (file) => !/^(browser|types)\//.test(file), build: buildNode },
  page: { reads: [...library, 'report', 'browser'], owns: (file) => file.startsWith('browser/'), build: buildPage },
  types: { reads: [...nodeFolders, 'browser', 'test'], owns: (file) => file.startsWith('types/'), build: buildTypes },
}
export const partNames = ['kernels', ...Object.keys(parts)]

/**
 * Brings the named parts up to date; resolves to the names of the parts that it built. Only one build of a checkout
 * runs at a time; a second one waits.
 */
export async function ensureBuilt(names = partNames) {
  for (const name of names)
    if (!partNames.includes(name)) throw new Error(`there is no part ${name}; known: ${partNames.join(', ')}`)
  const unlock = await lock()
  try {
    const built = (await buildKernels()).length > 0 ? ['kernels'] : []
    const stamps = readStamps()
    for (const [name, part] of Object.entries(parts)) {
      if (!names.includes(name)) continue
      const key = keyOf(part.reads)
      const known = stamps[name]
      if (known?.key === key && known.files.every((file) => existsSync(at('dist', file)))) continue
      delete stamps[name]
      writeStamps(stamps)
      const base = keyOf([])
      const files = await part.build({ afresh: known?.base !== base })
      removeOthers(part, new Set(files))
      stamps[name] = { key, base, files }
      writeStamps(stamps)
      built.push(name)
    }
    return built
  } finally {
    unlock()
  }
}

async function buildNode() {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...nodeEntries, ...library.flatMap(modules)],
    outbase: '.',
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['hearsay-source'],
    // @libp2p/webrtc is bundled: as a dependency it would install React Native too (docs/decisions).
    external: Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]),
    sourcemap: 'linked',
    metafile: true,
    logLevel: 'warning',
  })
  writeCatalogue()
  return [...Object.keys(metafile.outputs).map((file) => relative('dist', file)), 'catalogue.json']
}

/** Writes the catalogue of the command in colours, which the command removes if its output shows none. */
function writeCatalogue() {
  const { NO_COLOR: _, TEST: _test, CI: _ci, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, [at('dist', 'harness', 'catalogue.js')], {
    env: { ...env, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new BuildError('node: the catalogue of the command cannot be written')
  writeFileSync(at('dist', 'catalogue.json'), stdout)
}

async function buildPage() {
  const vite = await import('vite')
  const { build } = await import('esbuild')
  await vite.build({ configFile: at('vite.config.ts'), logLevel: 'warn' })
  // Built by esbuild: vite's code for dynamic imports needs a document, which a worker does not have.
  await build({
    absWorkingDir: root,
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
  return filesUnder(at('dist', 'browser')).map((file) => `browser/${file}`)
}

/**
 * tsc builds incrementally, with its state beside the declarations. It misses changes of global declarations and of
 * configuration; after those the build starts from scratch.
 */
function buildTypes({ afresh }) {
  if (afresh)
    for (const file of filesUnder(at('dist', 'types')))
      if (file.endsWith('.tsbuildinfo')) rmSync(at('dist', 'types', file))
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new BuildError('types: tsc found errors')
  return filesUnder(at('dist', 'types'))
    .map((file) => `types/${file}`)
    .filter((file) => file.endsWith('.tsbuildinfo') || existsSync(sourceOf(file)))
}

function sourceOf(declaration) {
  return at(declaration.replace(/^types\//, '').replace(/\.d\.(json\.)?ts$/, (_, json) => (json ? '.json' : '.ts')))
}

/** Removes files that an earlier build of this part left behind. */
function removeOthers({ owns }, files) {
  for (const file of filesUnder(at('dist')))
    if (owns(file) && !file.startsWith('.') && !files.has(file)) rmSync(at('dist', file))
}

class BuildError extends Error {}

function modules(folder) {
  return filesUnder(at(folder))
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('kernels/assembly/'))
}

/** SHA-256 over names and contents of all files in the folders and of the build's configuration. */
function keyOf(folders) {
  const hash = createHash('sha256').update(process.version)
  for (const place of [...configs, ...folders]) {
    const files = statSync(at(place)).isDirectory() ? filesUnder(at(place)).map((file) => `${place}/${file}`) : [place]
    for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(at(file)))
  }
  return hash.digest('hex')
}

/** All files below a folder: sorted relative paths with slashes. */
function filesUnder(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(at('dist', '.stamps.json'), 'utf8'))
  } catch {
    return {}
  }
}

function writeStamps(stamps) {
  mkdirSync(at('dist'), { recursive: true })
  writeFileSync(at('dist', '.stamps.json'), `${JSON.stringify(stamps)}\n`)
}

/** Takes the lock: a folder that only one process can make. Removes the lock of a process that is gone. */
async function lock() {
  const path = at('dist', '.lock')
  mkdirSync(dirname(path), { recursive: true })
  for (;;) {
    try {
      mkdirSync(path)
      writeFileSync(join(path, 'pid'), String(process.pid))
      return () => rmSync(path, { recursive: true, force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isStale(path)) rmSync(path, { recursive: true, force: true })
    else await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function isStale(path) {
  try {
    process.kill(Number(readFileSync(join(path, 'pid'), 'utf8')), 0)
    return false
  } catch (error) {
    if (error.code === 'ESRCH') return true
    // Another process has just made the lock and not yet written its id, unless the lock is old.
    return error.code === 'ENOENT' && existsSync(path) && Date.now() - statSync(path).mtimeMs > 5000
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const began = performance.now()
  try {
    const names = process.argv.slice(2)
    const built = await ensureBuilt(names.length > 0 ? names : undefined)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stderr.write(built.length > 0 ? `built ${built.join(', ')} in ${seconds} s\n` : 'the build is up to date\n')
  } catch (error) {
    // esbuild and tsc have already printed the errors.
    if (error instanceof BuildError) process.stderr.write(`build: ${error.message}\n`)
    else if (!error.errors) throw error
    process.exitCode = 1
  }
}
