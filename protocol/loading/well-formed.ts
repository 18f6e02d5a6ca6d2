import { SaxesParser } from 'saxes'

/**
 * Checks that a text is well-formed XML that ends properly. Parsers that read web pages accept any text and repair it,
 * so that a truncated file looks whole. Throws RangeError, which names line and column.
 */
export function requireWellFormed(text: string): void {
  const parser = new SaxesParser()
  parser.on('error', ({ message }) => {
    const [, line, column, why = message] = /^(\d+):(\d+): (.*)$/s.exec(message) ?? []
    const where = line === undefined ? '' : ` (line ${line}, column ${column})`
    throw new RangeError(`is not well-formed XML: ${why.replace(/\.$/, '')}${where}`)
  })
  parser.write(text.replace(/^\uFEFF/, '')).close()
}
