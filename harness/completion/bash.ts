import { type CompletedCommand, type CompletionSpec, firstWords, innerCommands, type Values } from './spec.ts'

/** The completion of bash (3.2 and newer), as one function of its own. */
export function bashScript(spec: CompletionSpec): string {
  const inner = innerCommands(spec)
  return `# Completes hearsay in bash. Written by: hearsay completion bash
_hearsay_files() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(
    case "$2" in
      file) compgen -f -- "$1" ;;
      folder) compgen -d -- "$1" ;;
      *) compgen -d -- "$1"; for end in yaml yml json; do compgen -f -X "!*.$end" -- "$1"; done ;;
    esac
  )
}
_hearsay_values() {
  case "$1" in
${Object.entries(spec.paths)
  .filter(([, values]) => values.length > 0)
  .map(([path, values]) => `    ${path}) REPLY='${values.join(' ')}' ;;`)
  .join('\n')}
    *) REPLY= ;;
  esac
}
_hearsay_complete() {
  local kind=$1 cur=$2 REPLY
  case "$kind" in
    experiment) COMPREPLY=($(compgen -W '${spec.presets.join(' ')}' -- "$cur")); _hearsay_files "$cur" experiment ;;
    file | folder) _hearsay_files "$cur" "$kind" ;;
    path)
      if [[ $cur == *=* ]]; then
        _hearsay_values "\${cur%%=*}"
        COMPREPLY=($(compgen -W "$REPLY" -- "\${cur#*=}"))
        [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("\${COMPREPLY[@]/#/\${cur%%=*}=}")
      else
        COMPREPLY=($(compgen -S = -W '${Object.keys(spec.paths).join(' ')}' -- "$cur"))
        compopt -o nospace 2>/dev/null
      fi ;;
    text) ;;
    *) COMPREPLY=($(compgen -W "$kind" -- "$cur")) ;;
  esac
}
_hearsay() {
  COMPREPLY=()
  # Bash breaks words at =: they are joined again.
  local -a words=()
  local k word last=
  for ((k = 0; k <= COMP_CWORD; k++)); do
    word=\${COMP_WORDS[k]}
    if [[ ($word == = || $last == =) && \${#words[@]} -gt 1 ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    last=$word
  done
  local count=\${#words[@]} cur=\${words[\${#words[@]}-1]} command=\${words[1]} from=2
  if ((count == 2)); then
    COMPREPLY=($(compgen -W '${[...firstWords(spec).map(([word]) => word), '--help', '--version'].join(' ')}' -- "$cur"))
    return
  fi
  case "$command" in
${Object.entries(inner)
  .map(
    ([word, commands]) => `    ${word})
      if ((count == 3)); then
        COMPREPLY=($(compgen -W '${commands.map(({ words }) => words.split(' ')[1]).join(' ')} --help' -- "$cur"))
        return
      fi
      command="$command \${words[2]}" from=3 ;;`,
  )
  .join('\n')}
  esac
  local options= takes= option=
  case "$command" in
${spec.commands.map(optionsCase).join('\n')}
    *) return ;;
  esac
  local position=0
  for ((k = from; k < count - 1; k++)); do
    word=\${words[k]}
    if [[ -n $option ]]; then
      option=
    elif [[ $takes == *" $word "* ]]; then
      option=$word
    elif [[ $word != -* ]]; then
      ((position += 1))
    fi
  done
  if [[ -z $option && $cur == --*=* ]]; then
    option=\${cur%%=*}
    cur=\${cur#*=}
  fi
  if [[ -n $option ]]; then
    case "$command $option" in
${spec.commands.flatMap(valueCases).join('\n')}
    esac
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else
    case "$command $position" in
${spec.commands.flatMap(operandCases).join('\n')}
    esac
  fi
}
complete -F _hearsay hearsay
`
}

function optionsCase({ words, options }: CompletedCommand): string {
  const names = options.map(({ name }) => `--${name}`)
  const taking = options.filter(({ values }) => values !== undefined).map(({ name }) => `--${name}`)
  return `    '${words}') options='${names.join(' ')}' takes=' ${taking.join(' ')} ' ;;`
}

function valueCases({ words, options }: CompletedCommand): string[] {
  return options.flatMap(({ name, values }) =>
    values === undefined || values === 'text' ? [] : [`      '${words} --${name}') ${complete(values)} ;;`],
  )
}

function operandCases({ words, operands, repeats }: CompletedCommand): string[] {
  return operands.map((values, k) => {
    const pattern = repeats && k === operands.length - 1 ? `'${words} '*` : `'${words} ${k}'`
    return `      ${pattern}) ${complete(values)} ;;`
  })
}

function complete(values: Values): string {
  return `_hearsay_complete '${typeof values === 'string' ? values : values.join(' ')}' "$cur"`
}
