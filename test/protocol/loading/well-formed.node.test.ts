import { expect, test } from 'vitest'
import { requireWellFormed } from '#protocol/loading/well-formed.ts'

const whole = `\uFEFF<?xml version="1.0"?>
<!-- a graph -->
<graphml xmlns:y="http://www.yworks.com/xml/graphml"><graph id="G &amp; H"><y:label><![CDATA[<a>]]></y:label></graph></graphml>
`

test('a whole document passes', () => {
  requireWellFormed(whole)
})

test('every cut inside the document is refused with its line', () => {
  const end = whole.trimEnd().length
  for (let length = whole.indexOf('<graphml') + 1; length < end; length += 7)
    expect(() => requireWellFormed(whole.slice(0, length))).toThrow(
      /^is not well-formed XML: .* \(line \d+, column \d+\)$/,
    )
})

test.each([
  ['a wrong end', '<a><b></a></b>'],
  ['a second root', '<a/><b/>'],
  ['text outside', '<a/>more'],
  ['an attribute twice', '<a x="1" x="2"/>'],
  ['a bare ampersand', '<a>b & c</a>'],
  ['no element', ' '],
])('%s is refused', (_, text) => {
  expect(() => requireWellFormed(text)).toThrow(RangeError)
})
