import { defineCommand } from 'citty'
import Table from 'cli-table3'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { readCatalogue } from '../config/catalogue.ts'
import { checkArguments } from './arguments.ts'

type Row = readonly string[]

/** The kinds of parts that can be listed. Their tables are in the catalogue. */
export const listKinds: readonly string[] = [
  'rules',
  'attacks',
  'topologies',
  'models',
  'datasets',
  'partitions',
  'schedules',
  'presets',
]

const args = {
  kind: { type: 'positional', description: `${listKinds.join(', ')}; left out: what can be listed`, required: false },
  json: { type: 'boolean', description: 'Print the table as JSON' },
} as const

export const list = defineCommand({
  meta: { name: 'list', description: 'List the rules, attacks, topologies, models and other parts of experiments' },
  args,
  run({ args: { kind, json }, rawArgs }) {
    checkArguments(rawArgs, args)
    if (kind === undefined) return listAll(json === true)
    const listing = listKinds.includes(kind) ? readCatalogue().lists[kind] : undefined
    if (!listing) {
      const like = nearest(kind, listKinds)
      throw new InputError(
        `list ${kind}: there is no such list; known: ${listKinds.join(', ')}${like ? `; did you mean ${like}?` : ''}`,
      )
    }
    const { head, rows } = listing
    if (json) {
      const objects = rows.map((row) => Object.fromEntries(head.map((name, k) => [name, row[k]])))
      process.stdout.write(`${JSON.stringify(objects, null, 2)}\n`)
      return
    }
    const width = process.stdout.isTTY ? Math.max(80, process.stdout.columns) : 160
    process.stdout.write(`${tableOf(head, rows, width)}\n`)
  },
})

/** Lists the kinds of parts, each with the number of parts. */
function listAll(json: boolean): void {
  const { lists } = readCatalogue()
  const kinds = listKinds.map((kind) => ({
    kind,
    parts: lists[kind]?.rows.length ?? 0,
    command: `hearsay list ${kind}`,
  }))
  const text = kinds.map(({ kind, parts, command }) => `${kind.padEnd(12)}${String(parts).padStart(3)}   ${command}`)
  process.stdout.write(json ? `${JSON.stringify(kinds, null, 2)}\n` : `${text.join('\n')}\n`)
}

/** A table with one line under its head; URLs of sources are shortened. */
function tableOf(head: Row, rows: readonly Row[], width: number): string {
  const shown = rows.map((row) =>
    row.map((cell) =>
      cell
        .replace('https://arxiv.org/abs/', 'arXiv ')
        .replace('https://doi.org/', 'doi ')
        .replace(/^https:\/\/(www\.)?/, ''),
    ),
  )
  const colWidths = columnWidths(head, shown, width)
  if (colWidths.reduce((sum, column) => sum + column, 0) > width) return entriesOf(head, shown, width)
  const table = new Table({
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: bare,
    wordWrap: true,
    colWidths,
  })
  table.push(
    [...head],
    colWidths.map((column) => '─'.repeat(column - 2)),
    ...shown.map((row) => [...row]),
  )
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** The layout for narrow terminals: name and summary in one row, and below them the other cells as `head: cell`. */
function entriesOf(head: Row, rows: readonly Row[], width: number): string {
  const indent = 2 + Math.max(...rows.map(([name = '']) => name.length))
  return rows
    .flatMap(([name = '', what = '', ...others]) => {
      const facts = others.map((cell, k) => `${head[k + 2]}: ${cell}`).join('; ')
      const lines = [what, ...(facts === '' ? [] : [facts])].flatMap((text) => wrapped(text, width - indent))
      return lines.map((line, k) => `${(k === 0 ? name : '').padEnd(indent)}${line}`)
    })
    .join('\n')
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** No lines around cells. */
const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

/** Columns as wide as their longest cell. If the line is too long, the widest between name and source shrink. */
function columnWidths(head: Row, rows: readonly Row[], total: number): number[] {
  const widths = head.map((name, k) => 2 + Math.max(name.length, ...rows.map((row) => (row[k] ?? '').length)))
  const last = head.at(-1) === 'source' ? widths.length - 1 : widths.length
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - total; excess > 0; excess--) {
    const widest = Math.max(...widths.slice(1, last))
    if (widest <= minWidth) break
    widths[widths.indexOf(widest, 1)] = widest - 1
  }
  return widths
}

const minWidth = 18
