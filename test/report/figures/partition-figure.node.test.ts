import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import type { LoggedEvent } from '#protocol/record/events.ts'
import { partitionFigure } from '#report/figures/partition-figure.ts'
import { renderReport } from '#report/page/html.ts'
import { summarise } from '#report/summary/summarise.ts'
import { quickstart, quickstartResult, roster } from '../synthetic.ts'

/** A run with only a roster; peer p holds p + 1 examples of label p mod 10 and 2 of the next one. */
function summaryOf(n: number, byzantinePeers: readonly number[] = [1], known = true) {
  const peers = roster(n, [[0, 1]], byzantinePeers).map((entry) => {
    const labels = new Array<number>(10).fill(0)
    labels[entry.peer % 10] = entry.peer + 1
    labels[(entry.peer + 1) % 10] = 2
    return known ? { ...entry, examples: entry.peer + 3, labels } : entry
  })
  const log: LoggedEvent[] = [{ type: 'roster', peers, startedAt: '2026-11-23T12:00:00.000Z' }]
  return summarise(
    quickstartResult({ log, edges: [[0, 1]], experiment: quickstart({ learning: { dataset: 'digits' } }) }),
  )
}
const drawn = (n: number) => {
  const { document } = parseHTML(partitionFigure(summaryOf(n)) ?? '')
  const texts = [...document.querySelectorAll('text')].map((text) => text.textContent)
  return { cells: document.querySelectorAll('rect').length, texts }
}

test('there is a cell for each label at each peer and one for all labels', () => {
  const { cells, texts } = drawn(6)
  expect(cells).toBe(6 * 11)
  for (const said of ['label 0', 'label 9', 'all', '✕ 1', '0', '8']) expect(texts).toContain(said)
})

test('many peers have cells without numbers, too many have no figure', () => {
  const { cells, texts } = drawn(40)
  expect(cells).toBe(40 * 11)
  expect(texts).not.toContain('41')
  expect(texts.filter((text) => text === '✕')).toHaveLength(1)
  expect(partitionFigure(summaryOf(129))).toBeNull()
})

test('a report leaves out the figure if the shards are unknown', () => {
  expect(partitionFigure(summaryOf(6, [], false))).toBeNull()
  expect(renderReport(summaryOf(6, [], false))).not.toContain('Who holds what')
  const report = renderReport(summaryOf(6))
  expect(report.indexOf('Who holds what')).toBeGreaterThan(report.indexOf('<h2>Peers</h2>'))
})
