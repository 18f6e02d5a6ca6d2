/** The words that a shell completes, as data that the build writes into the catalogue. */
export interface CompletionSpec {
  readonly commands: readonly CompletedCommand[]
  /** Descriptions of the commands that have inner commands, such as `data`. */
  readonly groups: Readonly<Record<string, string>>
  /** Names of presets, which stand for files. */
  readonly presets: readonly string[]
  /** The paths of an experiment for `--set path=value`, each with its values; none where any value is possible. */
  readonly paths: Readonly<Record<string, readonly string[]>>
}

export interface CompletedCommand {
  /** One word, or two: `run`, `topology show`. */
  readonly words: string
  readonly description: string
  readonly options: readonly CompletedOption[]
  /** The kind of each argument, in order. */
  readonly operands: readonly Values[]
  /** Whether the last argument may be repeated. */
  readonly repeats: boolean
}

export interface CompletedOption {
  readonly name: string
  readonly description: string
  /** Undefined for an option without a value. */
  readonly values?: Values
}

/**
 * The values of an option or argument: some words, or `experiment` (presets and their files), `file`, `folder`, `path`
 * (of an experiment, for `--set`), or `text`, which is not completed.
 */
export type Values = readonly string[] | 'experiment' | 'file' | 'folder' | 'path' | 'text'

/** The commands that have inner commands, such as `data`, each with its inner commands. */
export function innerCommands({ commands }: CompletionSpec): Record<string, CompletedCommand[]> {
  const inner: Record<string, CompletedCommand[]> = {}
  for (const command of commands) {
    const [first = '', second] = command.words.split(' ')
    if (second !== undefined) inner[first] = [...(inner[first] ?? []), command]
  }
  return inner
}

/** The first words of all commands, each with its description. */
export function firstWords(spec: CompletionSpec): (readonly [word: string, description: string])[] {
  const words = [...new Set(spec.commands.map(({ words }) => words.split(' ')[0] ?? ''))]
  return words.map((word) => {
    const own = spec.commands.find(({ words }) => words === word)?.description
    return [word, own ?? spec.groups[word] ?? ''] as const
  })
}
