import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runFigures } from '#report/figures/run-figures.ts'
import type { Summary } from '#report/summary/summary.ts'
import { writeWhole } from './write-whole.ts'

/** Writes every figure of a run as `figures/NAME.svg` into a folder. Returns the paths. */
export function writeRunFigures(folder: string, summary: Summary): string[] {
  mkdirSync(join(folder, 'figures'), { recursive: true })
  return runFigures(summary).flatMap(({ name, svg }) => {
    if (svg === null) return []
    const path = join(folder, 'figures', `${name}.svg`)
    writeWhole(path, `${svg}\n`)
    return [path]
  })
}
