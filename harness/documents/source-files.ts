import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '#node/data/package-folder.ts'

/** The TypeScript sources by path from the root, without tests, AssemblyScript kernels and generated files. */
export function sourceFiles(root = packageFolder()): Map<string, string> {
  const files = sourceFolders(root).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file).replaceAll('\\', '/'),
    ),
  )
  const sources = files.filter(
    (file) => file.endsWith('.ts') && !/\.(d|generated)\.ts$/.test(file) && !file.includes('kernels/assembly/'),
  )
  return new Map(sources.sort().map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

/** The top-level folders that are compiled, without the tests. */
function sourceFolders(root: string): string[] {
  return readdirSync(root).filter((name) => name !== 'test' && existsSync(join(root, name, 'tsconfig.json')))
}
