import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsFiles } from '#harness/host/host-origin.ts'

/** A certificate for names such as `DNS:localhost`, and its key, made by openssl; undefined without openssl. */
export function selfSigned(names: readonly string[]): TlsFiles | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=hearsay-test', '-addext', `subjectAltName=${names.join(',')}`]
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', [...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { cert: readFileSync(cert), key: readFileSync(key) }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}
