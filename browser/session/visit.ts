import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import type { StopReason } from '#protocol/peer/peer-ports.ts'
import type { JoinProgress } from '#protocol/session/join-shell.ts'
import { type Notice, noticeSchema } from '#protocol/wire/notice.ts'
import type { Problem } from '../view/live-state.ts'
import { type Change, changed, type End, emptyState, type LiveState } from '../view/live-state.ts'

/** Takes part in the run: `joinFromTab` with its other options filled in. */
export type TakePart = (signal: AbortSignal, progress: JoinProgress) => Promise<StopReason>

export interface Session {
  readonly state: () => LiveState
  change(change: Change): void
  /** Joins the run. Resolves to how it ended; never rejects. */
  join(takePart: TakePart): Promise<End>
  leave(): void
}

/** One visit to the page: its state and its peer. Calls `show` after every change. */
export function createSession(show: (state: LiveState) => void): Session {
  let state = emptyState
  const leaving = new AbortController()
  const change = (next: Change): void => {
    state = changed(state, next)
    show(state)
  }
  return {
    state: () => state,
    change,
    async join(takePart) {
      change({ type: 'stage', stage: 'joining' })
      let stoppedBy: string | undefined
      const progress: JoinProgress = {
        waiting: () => change({ type: 'stage', stage: 'waiting' }),
        assigned: ({ index, neighbours }, experiment) =>
          change({ type: 'assigned', peer: index, neighbours, experiment }),
        linked: () => change({ type: 'linked' }),
        computing: (report) => change({ type: 'computing', report }),
        started: () => change({ type: 'stage', stage: 'running' }),
        event: (event) => change({ type: 'event', event }),
        stopAsked: (reason) => {
          stoppedBy = reason
        },
      }
      let end: End
      try {
        const reason = await takePart(leaving.signal, progress)
        end = stoppedBy !== undefined && reason === 'left' ? { reason: 'host-stopped', detail: stoppedBy } : { reason }
      } catch (error) {
        end = endOfError(error)
      }
      if (leaving.signal.aborted && end.reason !== 'finished') end = { reason: 'left' }
      change({ type: 'ended', end })
      return end
    },
    leave() {
      change({ type: 'stage', stage: 'leaving' })
      leaving.abort()
    },
  }
}

function endOfError(error: unknown): End {
  const detail = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && error.name === 'JoinError' && 'code' in error ? error.code : undefined
  switch (code) {
    case 'coordinator-gone':
      return { reason: 'host-gone' }
    case 'stopped':
      return { reason: 'host-stopped', detail }
    case 'refused':
    case 'unwired':
      return { reason: code, detail }
    default:
      return { reason: 'failed', detail }
  }
}

/** Asks the host for its notice. Returns the notice with its experiment, or the problem with link, host or page. */
export async function askHost(
  url: URL,
  token: string,
): Promise<{ readonly notice: Notice; readonly experiment: Experiment } | { readonly problem: Problem }> {
  let response: Response
  let json: unknown
  try {
    response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
    if (response.status === 403) return { problem: 'unknown-link' }
    json = await response.json()
  } catch {
    return { problem: 'no-host' }
  }
  const notice = noticeSchema.safeParse(json)
  const experiment = notice.success ? experimentSchema.safeParse(notice.data.experiment) : undefined
  if (!notice.success || !experiment?.success) return { problem: 'other-version' }
  return { notice: notice.data, experiment: experiment.data }
}
