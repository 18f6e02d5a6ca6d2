import { hostMultiaddr, type Notice, noticePath } from '#protocol/wire/notice.ts'
import type { Invitation } from './session/join.ts'
import { askHost, createSession, type Session, type TakePart } from './session/visit.ts'
import type { End, LiveState } from './view/live-state.ts'
import { createPage } from './view/page.ts'
import { missingRequirement } from './view/requirements.ts'

// The page opens in two ways. A launcher uses `#coordinator=..&relay=..&token=..&start=at-once`. A host's link has
// `#token=..`: the visitor reads about the experiment and presses Join.

/**
 * Milliseconds between two requests to the host: before the rounds for the number of peers, later for a sign of life.
 */
const askEveryMs = { before: 1500, during: 5000 }

const root = document.getElementById('app')
if (!root) throw new Error('the page has no element #app')
const fragment = new URLSearchParams(location.hash.slice(1))
const page = createPage(root, location.origin, { join: () => void joinAsVolunteer(), leave: () => session.leave() })
const drawing = { due: false }
const session: Session = createSession(showSoon)
let invitation: Invitation | undefined

const problem = missingRequirement()
if (problem) session.change({ type: 'unable', problem })
else if (fragment.get('start') === 'at-once') await startAtOnce()
else await invite()

/** Draws at most once per frame: events come in bursts, and a tab in the background does not draw. */
function showSoon(): void {
  if (drawing.due) return
  drawing.due = true
  requestAnimationFrame(() => {
    drawing.due = false
    page.show(session.state())
  })
}

async function startAtOnce(): Promise<void> {
  const required = (name: string): string => {
    const value = fragment.get(name)
    if (!value) throw new Error(`this link has no ${name}`)
    return value
  }
  const end = await session.join(
    takePart({ coordinator: required('coordinator'), relay: required('relay'), token: required('token') }),
  )
  // The launcher reads errors of the page.
  if ('detail' in end && end.reason !== 'host-stopped') throw new Error(end.detail)
}

async function invite(): Promise<void> {
  const token = fragment.get('token')
  if (!token) return session.change({ type: 'unable', problem: 'bad-link' })
  const url = new URL(`./${noticePath}`, location.href)
  const first = await askHost(url, token)
  if ('problem' in first) return session.change({ type: 'unable', problem: first.problem })
  invitation = invitationOf(first.notice, token)
  session.change({ type: 'noticed', ...first })
  const ask = async (): Promise<void> => {
    const { stage } = session.state()
    if (stage.name === 'ended') return
    const told = await askHost(url, token)
    session.change('problem' in told ? { type: 'host-silent' } : { type: 'noticed', ...told })
    askAgain(session.state())
  }
  const askAgain = ({ stage }: LiveState): void => {
    setTimeout(ask, stage.name === 'running' ? askEveryMs.during : askEveryMs.before)
  }
  askAgain(session.state())
}

/** The invitation with the address of the host's node, which listens at the page's own origin. */
function invitationOf({ hostPeerId, iceServers }: Notice, token: string): Invitation {
  const scheme = location.protocol === 'https:' ? 'https' : 'http'
  const port = location.port === '' ? (scheme === 'https' ? 443 : 80) : Number(location.port)
  const address = hostMultiaddr({ scheme, hostname: location.hostname, port }, hostPeerId)
  return { coordinator: address, relay: address, token, iceServers }
}

async function joinAsVolunteer(): Promise<End | undefined> {
  return invitation ? session.join(takePart(invitation)) : undefined
}

/** Loads libp2p and the peer's code on joining, so that the invitation shows without them. */
function takePart(to: Invitation): TakePart {
  return async (signal, progress) => {
    const { joinFromTab } = await import('./session/join.ts')
    return joinFromTab({
      ...to,
      workerUrl: new URL('./compute-worker.js', location.href),
      assets: new URL('./tfjs/', location.href).href,
      dataUrl: new URL('./data/', location.href),
      signal,
      progress,
    })
  }
}
