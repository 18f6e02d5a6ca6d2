import { relative } from 'node:path'
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { packageFolder } from '#node/data/package-folder.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { ExperimentFile } from '#protocol/loading/named-files.ts'

type Path = readonly PropertyKey[]

/** Finds where in its files an experiment has a value. */
export interface Places {
  /** Adds a file: first the experiment's own, then those that it extends. Throws InputError for bad syntax. */
  add(file: ExperimentFile): void
  /** The place of a path, such as `my.yaml:7: rounds.count`, or `--set rounds.count=x: rounds.count`. */
  of(path: Path): string
  /** The value at a path as it is written, even if the experiment is invalid; undefined if there is none. */
  value(path: Path): unknown
}

interface Source {
  readonly name: string
  readonly yaml: Document
  readonly lines: LineCounter
}

/** The places of an experiment that is read with these `--set` changes. */
export function createPlaces(sets: readonly string[]): Places {
  const sources: Source[] = []
  const setAt = (path: Path): string | undefined =>
    sets.findLast((text) => `${path.join('.')}.`.startsWith(`${text.split('=')[0]}.`))
  return {
    add({ path, name: own, text }) {
      const lines = new LineCounter()
      const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false })
      const name = shown(path, own)
      if (yaml.errors.length > 0) {
        throw new InputError(
          yaml.errors.map(({ message, pos: [at] }) => `${name}:${lines.linePos(at).line}: ${message.split('\n')[0]}`),
        )
      }
      sources.push({ name, yaml, lines })
    },
    of(path) {
      const written = path.join('.')
      const set = setAt(path)
      if (set !== undefined) return `--set ${set}: ${written}`
      const [own] = sources
      if (!own) return written
      const found = sources.map((source) => ({ source, ...nodeAt(source.yaml, path) }))
      // Among equally deep places the first one wins: the values of a file override those of the files that it extends.
      const best = found.reduce((deepest, one) => (one.depth > deepest.depth ? one : deepest))
      const start = best.offset === undefined ? '' : `:${best.source.lines.linePos(best.offset).line}`
      return [`${best.source.name}${start}`, ...(written === '' ? [] : [written])].join(': ')
    },
    value(path) {
      const set = setAt(path)
      if (set !== undefined) return set.startsWith(`${path.join('.')}=`) ? set.slice(set.indexOf('=') + 1) : undefined
      // A section with another name replaces that of an extended file, so the search ends there.
      const above = path.slice(0, -1)
      const last = sources.findIndex(({ yaml }) => yaml.hasIn(path) || yaml.hasIn([...above, 'name']))
      return sources[last]?.yaml.getIn(path)
    },
  }
}

/** The deepest value of a document on the way to a path: how many keys lead there, and the offset of the last key. */
function nodeAt(yaml: Document, path: Path): { readonly depth: number; readonly offset?: number } {
  let node: unknown = yaml.contents
  let at: { depth: number; offset?: number } = { depth: 0 }
  while (at.depth < path.length) {
    const step = stepInto(isAlias(node) ? node.resolve(yaml) : node, path.slice(at.depth))
    if (!step) break
    node = step.value
    at = { depth: at.depth + step.keys, ...(step.offset === undefined ? {} : { offset: step.offset }) }
  }
  return at
}

/** One step down: into an item of a list, or to a key of a map, which may itself be a path (`learning.model: mlp`). */
function stepInto(node: unknown, path: Path): { value: unknown; keys: number; offset: number | undefined } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(path[0])]
    return value === undefined ? undefined : { value, keys: 1, offset: (value as Node).range?.[0] }
  }
  if (!isMap(node)) return undefined
  for (let keys = path.length; keys > 0; keys--) {
    const name = path.slice(0, keys).join('.')
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
    if (pair) return { value: pair.value, keys, offset: (pair.key as Node).range?.[0] }
  }
  return undefined
}

/** A path from the working directory; a file of the package, such as a preset, by its name. */
function shown(path: string, name: string): string {
  const from = relative('.', path)
  return from.startsWith('..') && path.startsWith(packageFolder()) ? name : from
}
