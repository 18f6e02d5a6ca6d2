import { isAbsolute, parse, relative, sep } from 'node:path'

/**
 * A path for messages, on one line: relative to the current folder if it is inside that folder, and the root folder is
 * not the current one.
 */
export function shown(path: string, here = process.cwd()): string {
  if (here === parse(here).root) return printed(path)
  const from = relative(here, path)
  const inside = from !== '' && from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from)
  return printed(inside ? from : path)
}

/** A text on one line: a control character, such as a line feed in the name of a file, is written as its escape. */
export function printed(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (control) => {
    if (control === '\n') return '\\n'
    if (control === '\t') return '\\t'
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
