import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageFolder } from '#node/data/package-folder.ts'

// The programs in test/vectors write the committed vectors again, byte for byte. PYTHON names the Python to use, such as
// that of a virtual environment; by default the first on the PATH.

const vectors = join(packageFolder(), 'test', 'vectors')
const python = process.env.PYTHON ?? 'python3'

interface Program {
  /** Name of the program and of the file that it writes. */
  readonly name: string
  readonly needs: 'numpy' | 'torch'
  /** The version that wrote the committed file. Another version may round the last digit differently. */
  readonly version: string | undefined
}

const programs: readonly Program[] = [
  { name: 'independent', needs: 'numpy', version: committed('independent').meta.numpy },
  { name: 'originals', needs: 'numpy', version: undefined },
  { name: 'descent', needs: 'torch', version: committed('descent').meta.version },
  { name: 'cnn', needs: 'torch', version: undefined },
]

test.for(programs)('its program writes the vectors of $name again', ({ name, needs, version }, { skip }) => {
  const here = versionOf(needs)
  if (here === undefined) return skip(`${python} has no ${needs}`)
  if (version !== undefined && here !== version) return skip(`${needs} ${here} is here, ${version} wrote ${name}.json`)
  const scratch = mkdtempSync(join(tmpdir(), 'hearsay-vectors-'))
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }))
  for (const ending of ['py', 'json'])
    copyFileSync(join(vectors, `${name}.${ending}`), join(scratch, `${name}.${ending}`))
  const { status, stdout, stderr } = spawnSync(python, [join(scratch, `${name}.py`)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  expect(status, stderr).toBe(0)
  const written = stdout === '' ? readFileSync(join(scratch, `${name}.json`), 'utf8') : stdout
  const lines = linesOf(written)
  expect(lines.length).toBeGreaterThan(10)
  // Compared line by line, so that a failure shows only the entry.
  const expected = linesOf(readFileSync(join(vectors, `${name}.json`), 'utf8'))
  lines.forEach((line, k) => {
    expect(line, `${name}.json, line ${k + 1}`).toBe(expected[k])
  })
  expect(lines.length).toBe(expected.length)
})

/** The lines of a file of vectors, without the Python version. */
function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/"python": "[^"]*"/, '"python": ""'))
}

function committed(name: string): { readonly meta: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(join(vectors, `${name}.json`), 'utf8'))
}

/** The version of a Python module; undefined if Python or the module is missing. */
function versionOf(module: string): string | undefined {
  const { status, stdout } = spawnSync(python, ['-c', `import ${module}; print(${module}.__version__)`], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}
