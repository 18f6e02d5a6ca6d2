import {
  type CompletedCommand,
  type CompletedOption,
  type CompletionSpec,
  firstWords,
  innerCommands,
  type Values,
} from './spec.ts'

/** The completion of fish (3.0 and newer). */
export function fishScript(spec: CompletionSpec): string {
  return `# Completes hearsay in fish. Written by: hearsay completion fish
function __hearsay_is
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l first (math (count $argv))
    test (count $tokens) -ge $first; and test "$tokens[1..$first]" = "$argv"
end
function __hearsay_operand # the words of a command, then -- and its options that take a value
    set -l tokens (commandline -opc)
    set -l split (contains -i -- -- $argv)
    set -l command $argv[1..(math $split - 1)]
    __hearsay_is $command; or return 1
    set -l skip 0
    for token in $tokens[(math (count $command) + 2)..-1]
        if test $skip -eq 1
            set skip 0
        else if contains -- $token $argv[$split..-1]
            set skip 1
        else if not string match -q -- '-*' $token
            return 1
        end
    end
    test $skip -eq 0
end
function __hearsay_exactly # no more words than these
    test (count (commandline -opc)) -eq (math (count $argv) + 1)
    and begin
        test (count $argv) -eq 0; or __hearsay_is $argv
    end
end
function __hearsay_token
    commandline -ct | string replace -r '^--[a-z-]*=' ''
end
function __hearsay_experiments
    set -l token (__hearsay_token)
    for end in yaml yml json
        set -l found $token*.$end
        test (count $found) -gt 0; and printf '%s\\n' $found
    end
    __fish_complete_directories "$token" ''
end
function __hearsay_paths
    set -l token (__hearsay_token)
    if not string match -q -- '*=*' $token
        printf '%s=\\n' ${Object.keys(spec.paths).join(' ')}
        return
    end
    set -l path (string split -m 1 -- = $token)[1]
    switch $path
${Object.entries(spec.paths)
  .filter(([, values]) => values.length > 0)
  .map(([path, values]) => `        case ${path}\n            printf "$path=%s\\\\n" ${values.join(' ')}`)
  .join('\n')}
    end
end
complete -c hearsay -f
${firstWords(spec)
  .map(([word, description]) => `complete -c hearsay -n __hearsay_exactly -a ${word} -d ${quoted(description)}`)
  .join('\n')}
complete -c hearsay -n __hearsay_exactly -l help -d 'Print the commands'
complete -c hearsay -n __hearsay_exactly -l version -d 'Print the version'
${Object.entries(innerCommands(spec))
  .flatMap(([word, commands]) =>
    commands.map(
      ({ words, description }) =>
        `complete -c hearsay -n '__hearsay_exactly ${word}' -a ${words.split(' ')[1]} -d ${quoted(description)}`,
    ),
  )
  .join('\n')}
${spec.commands.flatMap((command) => [...command.options.map((option) => optionLine(command, option)), ...operandLines(command, spec)]).join('\n')}
`
}

function optionLine({ words }: CompletedCommand, { name, description, values }: CompletedOption): string {
  const value = values === undefined ? '' : ` ${valueArguments(values, [])}`
  return `complete -c hearsay -n '__hearsay_is ${words}' -l ${name}${value} -d ${quoted(description)}`
}

function operandLines({ words, operands, options, repeats }: CompletedCommand, { presets }: CompletionSpec): string[] {
  const [values] = operands
  if (values === undefined || values === 'text') return []
  const taking = options.filter((option) => option.values !== undefined).map(({ name }) => `--${name}`)
  const when = repeats ? `__hearsay_is ${words}` : `__hearsay_operand ${words} -- ${taking.join(' ')}`
  return [
    `complete -c hearsay -n '${when.trim()}' ${valueArguments(values, presets).replace(/^-x /, '').replace(/^-r /, '')}`,
  ]
}

/** The arguments of `complete` that give these values. */
function valueArguments(values: Values, presets: readonly string[]): string {
  if (values === 'text') return '-x'
  if (values === 'file') return '-r -F'
  if (values === 'folder') return `-x -a '(__fish_complete_directories (__hearsay_token) "")'`
  if (values === 'path') return "-x -a '(__hearsay_paths)'"
  if (values === 'experiment') return `-x -a '${presets.join(' ')} (__hearsay_experiments)'`
  return `-x -a '${values.join(' ')}'`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
