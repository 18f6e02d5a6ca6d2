import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder of this package: the nearest folder above that has a package.json named hearsay. The same for sources and
 * for dist/.
 */
export function packageFolder(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'hearsay') return folder
    if (folder === dirname(folder)) throw new Error(`no package.json named hearsay above ${from}`)
  }
}
