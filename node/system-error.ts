import { InputError } from '#protocol/loading/input-error.ts'

/** What was attempted when a system call failed. */
export type Access = 'read' | 'write' | 'run'

/**
 * A disk, device or stream failed during the work. The command prints the lines without a stack and exits with code 3;
 * measurements are kept.
 */
export class DeviceError extends Error {
  readonly code = 'device'
  override readonly name = 'DeviceError'
  readonly lines: readonly string[]
  constructor(lines: string | readonly string[], cause?: unknown) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'), { cause })
    this.lines = all
  }
}

/** Reasons by the code of the error. They complete a sentence that starts with the path. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'is not a folder, or its path goes through a file',
  EEXIST: 'is a file, not a folder',
  ENOTEMPTY: 'the folder is not empty',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than this system allows',
  EMFILE: 'this process has too many open files; raise the limit with: ulimit -n',
  ENFILE: 'this machine has too many open files',
  ENAMETOOLONG: 'the name is too long for this file system',
  ELOOP: 'its symbolic links lead in a circle',
  EIO: 'the device failed (input/output error)',
  ENXIO: 'there is no such device',
  ENODEV: 'there is no such device',
  ENOMEM: 'there is not enough memory',
  EBUSY: 'is in use',
  ETXTBSY: 'is a program that is running',
  EXDEV: 'lies on another file system',
  ESTALE: 'the network file system lost it',
  EPIPE: 'its reader has closed it',
  EBADF: 'is closed',
  ENOEXEC: 'is not a program that this machine can run',
  EINVAL: 'the file system does not allow this',
  ERR_FS_EISDIR: 'is a folder, not a file',
  ERR_FS_FILE_TOO_LARGE: 'is too large to be read at once',
  ERR_STRING_TOO_LONG: 'is too large to be read as text',
  ERR_INVALID_ARG_VALUE: 'is not a path: it contains a null byte',
}

const denied = { read: 'no permission to read', write: 'no permission to write', run: 'no permission to run' } as const

/** Errors of a failing or full device, not of a wrong path. */
const faults: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'ESTALE',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
])

/** Whether an error comes from the system or from Node's file functions, and not from a fault of Hearsay. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  return typeof code === 'string' && (typeof syscall === 'string' || code.startsWith('ERR_FS_') || special.has(code))
}

const special: ReadonlySet<string> = new Set(['ERR_STRING_TOO_LONG', 'ERR_INVALID_ARG_VALUE'])

/** The reason of a system error in words that follow the path: `is a folder, not a file`. */
export function reasonOf(error: unknown, access: Access = 'read'): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return denied[access]
  if (code === 'ENOENT' && access === 'write') return 'its folder does not exist'
  return reasons[code] ?? (code === '' ? (message.split('\n')[0] ?? message) : `cannot be used (${code})`)
}

/** A system error as one line: path and reason. `path` is by default the path of the error itself. */
export function lineOf(error: unknown, access: Access = 'read', path = (error as NodeJS.ErrnoException).path): string {
  const reason = reasonOf(error, access)
  return path === undefined ? reason : `${path}: ${reason}`
}

/** Reads something from a path. Throws InputError with one line for a system error. */
export function reading<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isSystemError(error)) throw new InputError(lineOf(error, 'read', path))
    throw error
  }
}

/**
 * Writes something to a path that the user named. Throws for a system error, with one line: DeviceError if the disk
 * failed, InputError if the path cannot be used.
 */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isSystemError(error)) throw error
    const line = lineOf(error, 'write', path)
    throw faults.has(error.code ?? '') ? new DeviceError(line, error) : new InputError(line)
  }
}

/** Whether a disk or device failed, rather than the path being wrong. */
export function isFault(error: unknown): boolean {
  return isSystemError(error) && faults.has(error.code ?? '')
}
