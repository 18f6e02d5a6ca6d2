import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import { inOneLine } from '#aggregation/contract.ts'
import { type OwnAttack, provideOwnAttack } from '#attacks/own.ts'
import { packageFolder } from '../data/package-folder.ts'

/**
 * Loads the file of a user's own attack into this process. The plan of an experiment needs the attack, so this does not
 * wait. Throws RangeError with one line if the file is missing, does not compile, does not load or exports no attack.
 */
export function loadOwnAttack(file: string): void {
  const path = resolve(file)
  if (!existsSync(path)) throw new RangeError(`there is no file ${file}`)
  const { attack } = evaluated(compiled(path, file), file)
  if (typeof attack?.configure !== 'function')
    throw new RangeError(`${file} does not export a const attack made by defineAttack`)
  provideOwnAttack(file, attack as OwnAttack)
}

/** The file and what it imports as one CommonJS module, which loads without waiting. */
function compiled(path: string, file: string): string {
  try {
    const { outputFiles } = buildSync({
      entryPoints: [path],
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      alias: { 'hearsay/attacks/attack': join(packageFolder(), 'dist', 'attacks', 'attack.js') },
    })
    return outputFiles[0]?.text ?? ''
  } catch (error) {
    const [first, second = first] = (error as Error).message.split('\n')
    throw new RangeError(`${file} does not compile: ${second}`)
  }
}

function evaluated(code: string, file: string): { readonly attack?: Partial<OwnAttack> } {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-attack-'))
  const bundle = join(folder, 'attack.cjs')
  try {
    writeFileSync(bundle, code)
    return createRequire(bundle)(bundle)
  } catch (error) {
    throw new RangeError(`${file} does not load: ${inOneLine(error)}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
