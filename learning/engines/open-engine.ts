import type { EngineName } from './engine.ts'
import type { Engine } from './open-workspace.ts'
import { selfTest } from './self-test.ts'

/** The engine of an experiment does not run on this machine. */
export class EngineUnavailableError extends Error {
  readonly code = 'engine-unavailable'
  override readonly name = 'EngineUnavailableError'
}

/** An engine that may run on this machine. `open` throws Error with the reason if it does not work. */
export interface EngineCandidate {
  readonly engine: Exclude<EngineName, 'auto'>
  /** Never taken by `auto`. */
  readonly onlyByName?: boolean
  /** `software`: whether a software adapter is acceptable, which it is if the experiment names the engine. */
  open(options: { readonly software: boolean }): Promise<Engine>
}

/**
 * Opens an engine. `auto`: the first candidate that works and passes the self-test; the `fallback` of its report gives
 * the reasons of those before it. A name: this candidate and no other. Throws EngineUnavailableError if none works.
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
    reasons.length > 0 ? `no engine runs here (${reasons.join('; ')})` : `there is no engine named ${wish} here`,
  )
}
