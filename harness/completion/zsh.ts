import { type CompletedCommand, type CompletionSpec, firstWords, innerCommands, type Values } from './spec.ts'

/** The completion of zsh: a file for `fpath`, which may also be sourced after `compinit`. */
export function zshScript(spec: CompletionSpec): string {
  return `#compdef hearsay
# Completes hearsay in zsh. Written by: hearsay completion zsh
_hearsay_values() {
  case $1 in
${Object.entries(spec.paths)
  .filter(([, values]) => values.length > 0)
  .map(([path, values]) => `    ${path}) reply=(${values.join(' ')}) ;;`)
  .join('\n')}
    *) reply=() ;;
  esac
}
_hearsay_complete() {
  local -a reply
  case $1 in
    experiment) compadd -- ${spec.presets.join(' ')}; _path_files -g '*.(yaml|yml|json)(-.)'; _path_files -/ ;;
    file) _files ;;
    folder) _files -/ ;;
    path)
      if compset -P '*='; then
        _hearsay_values \${\${IPREFIX%=}##*=}
        compadd -a -- reply
      else
        compadd -S '' -- ${Object.keys(spec.paths)
          .map((path) => `${path}=`)
          .join(' ')}
      fi ;;
    *) compadd -- \${=1} ;;
  esac
}
_hearsay() {
  local command=$words[2] takes= option= word
  local -a described
  local -i from=3 position=0 k
  if (( CURRENT == 2 )); then
    described=(${firstWords(spec).map(described).join(' ')})
    _describe command described
    compadd -- --help --version
    return
  fi
  case $command in
${Object.entries(innerCommands(spec))
  .map(
    ([word, commands]) => `    ${word})
      if (( CURRENT == 3 )); then
        described=(${commands.map(({ words, description }) => described([words.split(' ')[1] ?? '', description])).join(' ')})
        _describe command described
        compadd -- --help
        return
      fi
      command="$command $words[3]" from=4 ;;`,
  )
  .join('\n')}
  esac
  case $command in
${spec.commands.map(optionsCase).join('\n')}
    *) return 1 ;;
  esac
  for (( k = from; k < CURRENT; k++ )); do
    word=$words[k]
    if [[ -n $option ]]; then
      option=
    elif [[ $takes == *" $word "* ]]; then
      option=$word
    elif [[ $word != -* ]]; then
      (( position += 1 ))
    fi
  done
  if [[ -z $option && $PREFIX == --*=* ]]; then
    option=\${PREFIX%%=*}
    compset -P 1 '*='
  fi
  if [[ -n $option ]]; then
    case "$command $option" in
${spec.commands.flatMap(valueCases).join('\n')}
    esac
  elif [[ $PREFIX == -* ]]; then
    _describe -o option described
  else
    case "$command $position" in
${spec.commands.flatMap(operandCases).join('\n')}
    esac
  fi
}
if [[ $funcstack[1] == _hearsay ]]; then
  _hearsay "$@"
else
  compdef _hearsay hearsay
fi
`
}

function optionsCase({ words, options }: CompletedCommand): string {
  const taking = options.filter(({ values }) => values !== undefined).map(({ name }) => `--${name}`)
  const own = options.map(({ name, description }) => described([`--${name}`, description]))
  return `    '${words}') described=(${own.join(' ')}) takes=' ${taking.join(' ')} ' ;;`
}

function valueCases({ words, options }: CompletedCommand): string[] {
  return options.flatMap(({ name, values }) =>
    values === undefined || values === 'text' ? [] : [`      '${words} --${name}') ${complete(values)} ;;`],
  )
}

function operandCases({ words, operands, repeats }: CompletedCommand): string[] {
  return operands.flatMap((values, k) => {
    const pattern = repeats && k === operands.length - 1 ? `'${words} '*` : `'${words} ${k}'`
    return values === 'text' ? [] : [`      ${pattern}) ${complete(values)} ;;`]
  })
}

function complete(values: Values): string {
  return `_hearsay_complete '${typeof values === 'string' ? values : values.join(' ')}'`
}

/** A word with its description, as _describe reads it, in single quotes. */
function described([word, description]: readonly [word: string, description: string]): string {
  return `'${word}:${description.replaceAll(':', '\\:').replaceAll("'", "'\\''")}'`
}
