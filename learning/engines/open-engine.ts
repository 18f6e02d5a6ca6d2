import type { EngineName } from './engine.ts'
import type { Engine } from './open-workspace.ts'
import { selfTest } from './self-test.ts'

/** The engine that an experiment asks for does not run on this machine. */
export class EngineUnavailableError extends Error {
  readonly code = 'engine-unavailable'
  override readonly name = 'EngineUnavailableError'
}

/** One way to compute on this machine; `open` throws Error with the reason where it does not work. */
export interface EngineCandidate {
  readonly engine: Exclude<EngineName, 'auto'>
  /** Never taken by `auto`. */
  readonly onlyByName?: boolean
  /** `software` says whether a software adapter will do: yes where the engine was asked for by name. */
  open(options: { readonly software: boolean }): Promise<Engine>
}

/**
 * Opens the first candidate that works and passes the self-test (`auto`), with the reasons of those before it as
 * `fallback` in its report; or the one that is asked for by name, and no other: then EngineUnavailableError.
 */
export async function openEngine(wish: EngineName, candidates: readonly EngineCandidate[]): Promise<Engine> {
  const reasons: string[] = []
  for (const candidate of candidates) {
    if (wish === 'auto' ? candidate.onlyByName : wish !== candidate.engine) continue
    try {
      const opened = await candidate.open({ software: wish !== 'auto' })
      await selfTest(opened)
      if (reasons.length === 0) return opened
      return { ...opened, report: { ...opened.report, fallback: reasons.join('; ') } }
    } catch (error) {
      reasons.push(`${candidate.engine}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new EngineUnavailableError(
    reasons.length > 0 ? `no engine runs here (${reasons.join('; ')})` : `no engine is called ${wish} here`,
  )
}
