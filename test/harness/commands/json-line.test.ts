import { expect, test } from 'vitest'
import { parseJsonLine } from '#harness/commands/json-line.ts'

test.each([
  '{"a":{"b":1},"b":{"b":2},"c":[{"b":1},{"b":2}]}',
  '{"a":"b","b":"a","c":["a","a",{"d":"\\"a\\":{"}]}',
  '{"__proto__":1,"toString":2}',
  '[[1,2],"x","x"]',
])('reads %s as JSON.parse does', (text) => {
  expect(parseJsonLine(text)).toEqual(JSON.parse(text))
})

test.each([
  ['{"a":1,"b":2,"a":3}', 'a: this key occurs twice in one object'],
  ['{"x":{"a":1,"b":{"c":[{"f":1, "f" :2}]}}}', 'f: this key occurs twice in one object'],
  ['{"rule":1,"r\\u0075le":2}', 'rule: this key occurs twice in one object'],
  ['{"a":{"z":1},"b":{"z":1},"a":0}', 'a: this key occurs twice in one object'],
  ['{"__proto__":1,"__proto__":2}', '__proto__: this key occurs twice in one object'],
  ['', 'an empty line; write one JSON object per line'],
  ['{"a":1', 'not valid JSON: '],
])('refuses %s', (text, reason) => {
  expect(() => parseJsonLine(text)).toThrow(RangeError)
  expect(() => parseJsonLine(text)).toThrow(reason)
})

test('a long string is accepted', () => {
  expect(parseJsonLine(`{"a":"${'\\\\ '.repeat(2 ** 21)}","b":1}`)).toHaveProperty('b', 1)
})
