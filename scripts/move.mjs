// Moves files and rewrites every path that names them, in imports, documents and configuration.
// `node scripts/move.mjs FILE` reads lines "FROM TO": paths from the root of the repository. It skips empty lines and
// lines that begin with #. It changes nothing else, so that `git log --follow` finds the history of a file.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
const git = (...args) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
const list = process.argv[2]
if (!list) {
  process.stderr.write('usage: node scripts/move.mjs FILE, with lines "FROM TO"\n')
  process.exit(2)
}
const moves = new Map(
  readFileSync(list, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/)),
)
for (const from of moves.keys()) if (!existsSync(from)) throw new Error(`${from}: there is no such file`)

const tracked = git('ls-files')
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const movedTo = (path) => moves.get(path) ?? path

/** The import specifier for a target: relative within a top-level folder, #folder/... across folders. */
function specifier(fromFile, target) {
  const [top] = fromFile.split('/')
  if (target.startsWith(`${top}/`) || top === 'test' || top === fromFile || !/\.ts$/.test(target)) {
    const path = posix.relative(posix.dirname(fromFile), target)
    return path.startsWith('.') ? path : `./${path}`
  }
  return `#${target}`
}

function rewriteCode(file, text) {
  const here = movedTo(file)
  return text.replaceAll(
    /((?:\bfrom|\bimport|\bimport\(|vi\.mock\(|new URL\()\s*)'((?:\.{1,2}\/|#)[^'\n]*)'/g,
    (whole, before, written) => {
      if (written.startsWith('#')) {
        const target = written.slice(1)
        return moves.has(target) || here.split('/')[0] !== file.split('/')[0]
          ? `${before}'${sameTop(here, movedTo(target))}'`
          : whole
      }
      const target = posix.normalize(posix.join(posix.dirname(file), written))
      // AssemblyScript imports have no file extension.
      const known = tracked.includes(target) ? target : tracked.includes(`${target}.ts`) ? `${target}.ts` : undefined
      if (known === undefined && (here === file || written.includes('.generated.'))) return whole
      const next = movedTo(known ?? target)
      if (here === file && next === (known ?? target)) return whole
      const spelled = specifier(here, next)
      return `${before}'${known !== undefined && known !== target ? spelled.replace(/\.ts$/, '') : spelled}'`
    },
  )
}

function sameTop(file, target) {
  return target.split('/')[0] === file.split('/')[0] ? specifier(file, target) : `#${target}`
}

/** Rewrites paths from the root of the repository, and links relative to a document. */
function rewriteText(file, text) {
  let result = text.replaceAll(/(\]\()((?:\.\.?\/)*[\w./-]+?)((?:#[\w-]*)?\))/g, (whole, before, path, after) => {
    const target = posix.normalize(posix.join(posix.dirname(file), path))
    if (!moves.has(target)) return whole
    const next = posix.relative(posix.dirname(movedTo(file)), movedTo(target))
    return `${before}${path.startsWith('./') ? './' : ''}${next}${after}`
  })
  for (const [from, to] of moves) {
    const escaped = from.replaceAll(/[.]/g, '\\.')
    result = result.replaceAll(new RegExp(`(?<![\\w./#-])${escaped}(?![\\w/-])`, 'g'), to)
  }
  return result
}

const texts = new Map()
for (const file of tracked) {
  if (/\.(gz|png|svg|ndjson|bin)$/.test(file) || file === 'package-lock.json' || file.startsWith('test/vectors/swarm/'))
    continue
  const before = readFileSync(file, 'utf8')
  let after = /\.(ts|mjs)$/.test(file) ? rewriteCode(file, before) : before
  after = rewriteText(file, after)
  if (after !== before) texts.set(file, after)
}
for (const [from, to] of moves) {
  mkdirSync(dirname(to), { recursive: true })
  git('mv', from, to)
}
for (const [file, text] of texts) writeFileSync(join(root, movedTo(file)), text)
process.stderr.write(`moved ${moves.size} files, rewrote ${texts.size}\n`)
