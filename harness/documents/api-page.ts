import { posix } from 'node:path'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'
import { topologies } from '#topology/registry.ts'
import { code, generatedNotice, markdownTable } from './markdown.ts'

/** An exported name, and the module that declares it. */
interface Exported {
  readonly name: string
  readonly module: string
}

/** Entry of the package in Node; a page gets the part of it in library/. */
const entry = 'harness/index.ts'

/** docs/api.md: what the package exports, from the declarations and docstrings of its sources (path to text). */
export function apiPage(sources: ReadonlyMap<string, string>): string {
  const exported = exportsOf(sources, entry)
  const declared = (names: (module: string) => boolean) =>
    exported
      .filter(({ module }) => names(module))
      .sort((a, b) => Number(startsLarge(a.name)) - Number(startsLarge(b.name)))
      .map((one) => declarationOf(one, sources))
      .join('\n\n')
  const callable = (module: string) => module.startsWith('library/callable-') || module === 'library/vectors.ts'
  const methods = ['library/rules.ts', 'library/attacks.ts', 'library/topologies.ts']
  return `${generatedNotice}

# API

\`npm install hearsay\`, then import from \`'hearsay'\`. The package has ES modules and types for TypeScript (module
resolution \`node16\`, \`nodenext\` and \`bundler\`). In Node it exports all of this page. A page gets rules, attacks and
topologies through the \`browser\` condition: a bundle with one rule is below 60 kB gzipped. Examples that run are in
[examples](../examples). Nothing else of the package may be imported, except
[\`hearsay/aggregation/rule\`](extending.md) and [\`hearsay/attacks/attack\`](extending.md), with which you write your own.

## Runs

\`\`\`ts
import { krum, littleIsEnough, ring, run } from 'hearsay'

const summary = await run({
  name: 'first',
  peers: { honest: 8, byzantine: 2 },
  topology: ring({ neighbours: 6 }),
  learning: { dataset: 'digits', model: 'mlp' },
  aggregation: krum({ f: 2 }),
  attack: littleIsEnough({ z: 1.5 }),
  rounds: { count: 20 },
})
console.log(summary.metrics.accuracy.mean, summary.verdict.kind)
\`\`\`

Keys and values are those of an experiment file ([experiment.md](experiment.md)); the \`Summary\` is
[summary.json](results.md).

${declared((module) => !callable(module) && !methods.includes(module))}

## Rules, attacks and topologies

Each is a function of its parameters. It returns a function of the data:

\`\`\`ts
import { krum, littleIsEnough, nnm, randomRegular } from 'hearsay'

const aggregate = krum({ f: 1, before: [nnm({ f: 1 })] })
aggregate(vectors) // a Float32Array
aggregate(vectors, { own: 2, weights }) // { output, influence, state }
littleIsEnough({ z: 1.5 })(vectors) // what a Byzantine peer sends
randomRegular({ degree: 4 })(16, { seed: 3 }).neighbours
\`\`\`

[methods.md](methods.md) defines each method and lists its sources; \`hearsay list rules\` prints the table.

${markdownTable(['kind', 'functions'], kinds(exported))}

${declared(callable)}
`
}

/** Whether a name is that of a type or a class; functions come first. */
function startsLarge(name: string): boolean {
  return /^[A-Z]/.test(name)
}

function kinds(exported: readonly Exported[]): string[][] {
  const from = (module: string) => exported.filter((one) => one.module === module).map(({ name }) => name)
  const camel = (name: string) => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const before = preAggregators.map(({ name }) => camel(name))
  const ordered = (list: readonly { readonly name: string }[], names: readonly string[]) => [
    ...list.map(({ name }) => camel(name)).filter((name) => names.includes(name)),
  ]
  const [ofRules, ofAttacks, ofTopologies] = ['rules', 'attacks', 'topologies'].map((file) =>
    from(`library/${file}.ts`),
  )
  return [
    [
      'rules',
      ordered(rules, ofRules ?? [])
        .map(code)
        .join(', '),
    ],
    ['pre-aggregators', before.map(code).join(', ')],
    [
      'attacks',
      ordered(attacks, ofAttacks ?? [])
        .map(code)
        .join(', '),
    ],
    [
      'topologies',
      ordered(topologies, ofTopologies ?? [])
        .map(code)
        .join(', '),
    ],
  ]
}

/** The names that a module exports from our other modules. */
function exportsOf(sources: ReadonlyMap<string, string>, module: string): Exported[] {
  const text = textOf(sources, module)
  return [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => ({
        name,
        module: from.startsWith('#') ? from.slice(1) : posix.join(posix.dirname(module), from),
      })),
  )
}

/** The heading, docstring and declaration of an exported name. Throws Error if its module does not declare it. */
function declarationOf({ name, module }: Exported, sources: ReadonlyMap<string, string>): string {
  const text = textOf(sources, module)
  const found = new RegExp(`^export (?:async )?(interface|class|type|function|const) ${name}\\b`, 'm').exec(text)
  if (!found) throw new Error(`${module}: declares no ${name}`)
  const lines = text.slice(found.index).split('\n')
  const doc = docBefore(text, found.index)
  return [`### ${name}`, ...(doc ? [doc] : []), `\`\`\`ts\n${shown(found[1] ?? '', lines)}\n\`\`\``].join('\n\n')
}

/** A declaration without bodies: a function up to its body, the rest up to the end of its block. */
function shown(kind: string, lines: readonly string[]): string {
  const [first = ''] = lines
  if (kind === 'function') {
    const end = lines.findIndex((line) => line.endsWith('{'))
    const head = lines.slice(0, end + 1).join('\n')
    return head.replace(/^export (async )?/, '').replace(/ \{$/, '')
  }
  const single = kind === 'type' ? endOfType(lines) : first.endsWith('}') ? 0 : lines.indexOf('}')
  const block = lines.slice(0, single + 1).map((line) => line.replace(/^export /, ''))
  return (kind === 'class' ? withoutBodies(block) : block).join('\n')
}

/** The last line of a type alias: the lines after the first that continue it are indented, or close its block. */
function endOfType(lines: readonly string[]): number {
  const next = lines.findIndex((line, i) => i > 0 && !/^( |\})/.test(line))
  return (next < 0 ? lines.length : next) - 1
}

/** The lines of a class without the constructor's body and the modifier `override`. */
function withoutBodies(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => line.startsWith('  constructor('))
  if (from < 0) return [...lines]
  const to = lines.indexOf('  }', from)
  const kept = [...lines.slice(0, from), (lines[from] ?? '').replace(/ \{$/, ''), ...lines.slice(to + 1)]
  return kept.map((line) => line.replace('override readonly', 'readonly'))
}

/** The docstring that ends right before a place, as Markdown text; empty if there is none. */
function docBefore(text: string, index: number): string {
  const before = text.slice(0, index).trimEnd()
  if (!before.endsWith('*/')) return ''
  return before
    .slice(before.lastIndexOf('/**') + 3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim()
}

function textOf(sources: ReadonlyMap<string, string>, module: string): string {
  const text = sources.get(module)
  if (text === undefined) throw new Error(`${module}: there is no such source`)
  return text
}
