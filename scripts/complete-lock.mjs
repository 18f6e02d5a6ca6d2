// Adds the packages of other platforms to package-lock.json. A registry mirror without them leaves them out, and then
// `npm ci` rejects the lock file. Each entry gets its version, and the platform from its name: npm skips it on any
// other platform. Run by `npm run lock`.
import { readFileSync, writeFileSync } from 'node:fs'

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32']

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] || lock.packages[`${path}/node_modules/${name}`]) continue
    const words = name.split(/[/-]/)
    const system = words.map((word) => (word === 'win' ? 'win32' : word)).find((word) => systems.includes(word))
    const processor =
      processors.find((candidate) => words.includes(candidate)) ?? (words.includes('ppc64le') ? 'ppc64' : undefined)
    if (!/^\d/.test(version)) {
      process.stderr.write(`complete-lock: ${name} ${version} of ${path} is not an exact version; left out\n`)
      continue
    }
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(processor ? { cpu: [processor] } : {}),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...(system ? { os: [system] } : {}),
    }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
process.stderr.write(`complete-lock: ${added} packages of other platforms added\n`)
