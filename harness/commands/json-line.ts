/**
 * The value of a line of JSON. Throws RangeError if the line is not valid JSON, or if an object has the same key twice:
 * `JSON.parse` would take the last one in silence.
 */
export function parseJsonLine(text: string): unknown {
  if (text.trim() === '') throw new RangeError('an empty line; write one JSON object per line')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new RangeError(`not valid JSON: ${(error as Error).message}`)
  }
  const twice = repeatedKey(text)
  if (twice !== undefined) throw new RangeError(`${twice}: this key occurs twice in one object`)
  return value
}

/** Tokens of valid JSON: braces, and strings. A colon behind a string makes it a key. */
const tokens = /[{}]|"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g

/** The first key of this valid JSON that occurs twice in one object. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = []
  for (const { 0: token, 1: colon } of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}
