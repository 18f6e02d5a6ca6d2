import { expect, test } from 'vitest'
import { printed, shown } from '#harness/store/shown.ts'

test.each([
  ['/home/me/runs/a', '/home/me', 'runs/a'],
  ['/home/me', '/home/me', '/home/me'],
  ['/home/meadow/a', '/home/me', '/home/meadow/a'],
  ['/home/other/a', '/home/me', '/home/other/a'],
  ['/home/me/..a/b', '/home/me', '..a/b'],
  ['/path/to/it', '/', '/path/to/it'],
])('%s from %s is shown as %s', (path, here, text) => {
  expect(shown(path, here)).toBe(text)
})

test('control characters are escaped, so that a path stays on its line', () => {
  expect(printed('a\nb\tc\u001b[1m\u2028ü')).toBe('a\\nb\\tc\\u001b[1m\\u2028ü')
})
