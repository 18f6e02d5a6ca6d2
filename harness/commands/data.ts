import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { SingleBar } from 'cli-progress'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { DataFetchError, fetchDataset } from '#node/data/fetch.ts'
import { readDataFolder } from '#node/data/folder.ts'
import { datasetFolder, defaultDataFolder } from '#node/data/load.ts'
import { type DatasetSource, datasetSources } from '#node/data/sources.ts'
import { checkFile } from '#node/data/verify.ts'
import { DeviceError, isFault } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { nearest } from '#protocol/loading/nearest.ts'
import { bytes } from '#report/summary/wording.ts'
import { checkArguments } from './arguments.ts'

interface Chosen {
  readonly declaration: DatasetDeclaration
  readonly source: DatasetSource
}

/** The data set with this name, or every set for `all`. Throws InputError for any other name. */
export function chosenSets(name: string, sources: readonly DatasetSource[] = datasetSources): Chosen[] {
  const names = datasets.map((dataset) => dataset.name)
  const chosen = sources.flatMap((source): Chosen[] => {
    const declaration = datasets.find((dataset) => dataset.name === source.dataset)
    return declaration && (name === 'all' || name === source.dataset) ? [{ declaration, source }] : []
  })
  if (chosen.length > 0) return chosen
  const like = nearest(name, names)
  throw new InputError(
    `there is no data set named ${name}; ${like ? `did you mean ${like}?` : `known: ${names.join(', ')} or all`}`,
  )
}

export interface FetchRequest {
  readonly sets: readonly Chosen[]
  readonly dataFolder: string
  /** URL of a mirror that has each file as DATASET/FILE. */
  readonly from?: string
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/**
 * Fetches data sets one after another and reports to `stream`. Throws InputError with one line for each failure, or
 * DeviceError if a disk failed.
 */
export async function fetchSets({ sets, dataFolder, from, stream = process.stderr }: FetchRequest): Promise<void> {
  const failures: DataFetchError[] = []
  for (const { declaration, source } of sets) {
    if (declaration.embedded) {
      stream.write(`${declaration.name}: shipped with the package, nothing to fetch\n`)
      continue
    }
    const progress = createDownloadProgress(stream)
    try {
      const fetched = await fetchDataset(from === undefined ? source : mirrored(source, from), {
        dataFolder,
        progress: progress.update,
      })
      progress.stop()
      const what =
        fetched.length > 0 ? `fetched and checked: ${fetched.join(', ')}` : 'already complete, all checksums match'
      stream.write(`${declaration.name}: ${what}\n`)
    } catch (error) {
      progress.stop()
      if (!(error instanceof DataFetchError)) throw error
      failures.push(error)
    }
  }
  if (failures.length === 0) return
  const lines = failures.map(({ message }) => message)
  throw failures.some(({ cause }) => isFault(cause)) ? new DeviceError(lines) : new InputError(lines)
}

function mirrored({ folders: _, archives, ...source }: DatasetSource, from: string): DatasetSource {
  const root = `${from.replace(/\/*$/, '')}/${source.dataset}/`
  return archives
    ? { ...source, archives: archives.map((url) => new URL(url.slice(url.lastIndexOf('/') + 1), root).href) }
    : { ...source, folders: [root] }
}

/** Shows a bar for each file on a terminal, or else a line when a file begins. */
function createDownloadProgress(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
  let shown: string | undefined
  let bar: SingleBar | undefined
  return {
    update(file: string, received: number, total: number | undefined): void {
      const amounts = { received: bytes(received), whole: total === undefined ? 'unknown' : bytes(total) }
      if (file !== shown) {
        bar?.stop()
        shown = file
        if (stream.isTTY) {
          bar = new SingleBar({
            stream,
            format: `${file}  {bar}  {received} of {whole}`,
            barCompleteChar: '█',
            barIncompleteChar: '░',
            barsize: 20,
            hideCursor: true,
            linewrap: false,
            gracefulExit: false,
          })
          bar.start(total ?? received, received, amounts)
        } else {
          stream.write(`${file}: ${total === undefined ? 'fetching' : `fetching ${bytes(total)}`}\n`)
        }
      }
      bar?.setTotal(total ?? received)
      bar?.update(received, amounts)
    },
    stop: (): void => bar?.stop(),
  }
}

/**
 * Compares files with their pinned checksums: a result line for each data set, and a problem line for each damaged
 * file. If only one set is checked, a missing file is a problem too. Of several sets, one without any file is no
 * problem.
 */
export async function verifySets(
  sets: readonly Chosen[],
  dataFolder: string,
): Promise<{ readonly lines: string[]; readonly problems: string[] }> {
  const lines: string[] = []
  const problems: string[] = []
  for (const { declaration, source } of sets) {
    const folder = datasetFolder(declaration, { dataFolder })
    let missing = 0
    let damaged = 0
    for (const pin of source.pins) {
      const check = await checkFile(join(folder, pin.file), pin)
      if (check.state === 'missing') missing += 1
      if (check.state === 'damaged') {
        damaged += 1
        problems.push(`data set ${declaration.name}: ${join(folder, pin.file)} ${check.detail}`)
      }
    }
    const count = source.pins.length
    if (missing > 0 && (sets.length === 1 || missing < count)) {
      problems.push(`data set ${declaration.name}: ${missing} of ${count} files are missing from ${folder}`)
    }
    const state =
      damaged > 0 ? 'damaged' : missing === count ? 'not here' : missing > 0 ? 'incomplete' : `good, ${count} files`
    lines.push(`${declaration.name}: ${state}`)
  }
  return { lines, problems }
}

/** One line about a user's own data folder. Throws InputError if it holds no valid data set. */
export function describeFolder(folder: string): string {
  try {
    const { dataset, sha256 } = readDataFolder(folder)
    const { train, test, classes } = dataset
    return `${folder}: good, ${train.count} images to train and ${test.count} to test, ${train.shape.join(' x ')}, ${classes} classes, SHA-256 ${sha256}`
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(error.message)
    throw error
  }
}

/** The data sets with these names, each once. Throws InputError for an unknown name. */
export function setsOf(names: readonly string[]): Chosen[] {
  const chosen = names.flatMap((name) => chosenSets(name))
  return [...new Map(chosen.map((set) => [set.source.dataset, set])).values()]
}

/** The folder of each data set, and whether its files exist. */
export function whereSets(dataFolder: string) {
  return chosenSets('all').map(({ declaration, source }) => {
    const folder = datasetFolder(declaration, { dataFolder })
    const here = source.pins.filter(({ file }) => existsSync(join(folder, file))).length
    const state = here === source.pins.length ? 'here' : here === 0 ? 'not here' : 'incomplete'
    return { dataset: declaration.name, shipped: declaration.embedded, folder, state } as const
  })
}

const name = { type: 'positional', description: 'A data set, or all', required: true } as const
const fetchArgs = {
  name: { ...name, description: 'A data set, several, or all' },
  from: {
    type: 'string',
    description: 'Fetch from this mirror, which has each file as DATASET/FILE',
    valueHint: 'URL',
  },
} as const

const fetchCommand = defineCommand({
  meta: { name: 'fetch', description: 'Download data sets from their public sources and check their SHA-256 sums' },
  args: fetchArgs,
  async run({ args: { from, _: names }, rawArgs }) {
    checkArguments(rawArgs, fetchArgs, Number.POSITIVE_INFINITY)
    if (from !== undefined && !/^https?:\/\/[^/]/.test(from)) {
      throw new InputError(`--from ${from}: write a URL that starts with https:// or http://`)
    }
    const sets = setsOf(names)
    await fetchSets({ sets, dataFolder: defaultDataFolder(), ...(from === undefined ? {} : { from }) })
  },
})

const verifyArgs = {
  name: { ...name, description: 'A data set, all, or your own data folder', required: false, default: 'all' },
} as const

const verify = defineCommand({
  meta: { name: 'verify', description: 'Compare data sets with their SHA-256 sums, or check your own data folder' },
  args: verifyArgs,
  async run({ args: { name }, rawArgs }) {
    checkArguments(rawArgs, verifyArgs)
    if (/[\\/.]/.test(name) || (!isKnown(name) && existsSync(name))) {
      process.stdout.write(`${describeFolder(name)}\n`)
      return
    }
    const { lines, problems } = await verifySets(chosenSets(name), defaultDataFolder())
    process.stdout.write(`${lines.join('\n')}\n`)
    if (problems.length > 0) throw new InputError(problems)
  },
})

/** Whether this is the name of a data set, or `all`. */
const isKnown = (name: string): boolean => name === 'all' || datasets.some((dataset) => dataset.name === name)

const whereArgs = { json: { type: 'boolean', description: 'Print the folders as JSON' } } as const

const where = defineCommand({
  meta: { name: 'where', description: 'Print the folder of the data sets, and which sets are complete there' },
  args: whereArgs,
  run({ args: { json }, rawArgs }) {
    checkArguments(rawArgs, whereArgs)
    const folder = defaultDataFolder()
    const places = whereSets(folder)
    if (json) {
      process.stdout.write(`${JSON.stringify({ folder, datasets: places }, null, 2)}\n`)
      return
    }
    const origin = process.env.HEARSAY_DATA ? 'HEARSAY_DATA' : 'the cache folder; HEARSAY_DATA names another'
    const width = Math.max(...places.map(({ dataset }) => dataset.length))
    const rows = places.map(
      ({ dataset, shipped, state }) => `  ${dataset.padEnd(width)}  ${shipped ? 'shipped' : state}`,
    )
    process.stdout.write(`${folder} (${origin})\n${rows.join('\n')}\n`)
  },
})

export const data = defineCommand({
  meta: { name: 'data', description: 'Fetch, verify and locate the data sets that are not shipped' },
  subCommands: { fetch: fetchCommand, verify, where },
})
