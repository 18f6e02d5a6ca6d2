import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { linesOf } from '#harness/commands/lines.ts'

async function lines(chunks: readonly (string | number[])[], most?: number): Promise<string[]> {
  const found: string[] = []
  for await (const some of linesOf(stream(chunks), most)) {
    found.push(...some.map((line) => ('text' in line ? line.text : `refused: ${line.refused}`)))
  }
  return found
}

async function* stream(chunks: readonly (string | number[])[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk as string)
}

test('lines are the same however the bytes arrive', async () => {
  const text = 'one\ntwo €\n\nthree'
  const expected = ['one', 'two €', '', 'three']
  expect(await lines([text])).toEqual(expected)
  expect(await lines([...Buffer.from(text)].map((byte) => [byte]))).toEqual(expected)
})

test('the last line need not end, and an empty stream has no lines', async () => {
  expect(await lines(['a\n'])).toEqual(['a'])
  expect(await lines(['a'])).toEqual(['a'])
  expect(await lines([])).toEqual([])
  expect(await lines(['\n'])).toEqual([''])
})

test('carriage returns at the end of lines and a byte order mark at the start are removed', async () => {
  expect(await lines(['\ufeffa\r\nb\r', '\nc\rd\n'])).toEqual(['a', 'b', 'c\rd'])
})

test('paragraph separators inside a string do not end a line', async () => {
  expect(await lines(['"a\u2028b"\n'])).toEqual(['"a\u2028b"'])
})

test('a line that is too long or not UTF-8 is refused, and the next lines follow', async () => {
  expect(await lines(['abcd\nab', 'cde', 'f\nabc\n'], 4)).toEqual([
    'abcd',
    'refused: a line of more than 4 bytes',
    'abc',
  ])
  expect(await lines([[0xff, 10, 97, 10]])).toEqual(['refused: a line that is not UTF-8', 'a'])
})

test('a complete line is available before more bytes arrive', async () => {
  const arrivals = (async function* () {
    yield Buffer.from('a\nb\nc')
    throw new Error('asked for more')
  })()
  const { value } = await linesOf(arrivals).next()
  expect(value).toEqual([{ text: 'a' }, { text: 'b' }])
})
