import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import type { CompletionSpec } from './spec.ts'
import { zshScript } from './zsh.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

export type Shell = keyof typeof scripts

export const shells = Object.keys(scripts) as readonly Shell[]

/**
 * The script that completes `hearsay` in a shell. It starts no other program while it completes; the libraries for this
 * task start the command at every press of Tab.
 */
export function completionScript(shell: Shell, spec: CompletionSpec): string {
  return scripts[shell](spec)
}
