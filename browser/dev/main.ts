/// <reference types="vite/types/importMeta.d.ts" />
import type { EngineReport } from '#learning/engines/engine.ts'
import { createSession, type Session } from '../session/visit.ts'
import { createPage, type PageActions } from '../view/page.ts'
import { pause, play, readRecording } from './recording.ts'

// The page of `npm run dev:page`. It plays one peer of a recorded run; scripts/dev-page.mjs serves the recording.
// The build leaves it out.

/** Pause at the end of the run before it plays again. */
const endMs = 5000

const root = document.getElementById('app')
if (!root) throw new Error('the page has no element #app')
const actions: PageActions = { join: () => {}, leave: () => session.leave() }
let page = createPage(root, location.origin, actions)
let session: Session = createSession((state) => page.show(state))

// An edit to the view replaces the view and keeps the state. Any other edit reloads the page.
import.meta.hot?.accept('../view/page.ts', (edited) => {
  if (!edited) return
  page = (edited as unknown as typeof import('../view/page.ts')).createPage(root, location.origin, actions)
  page.show(session.state())
})

const [settings, experiment, events] = await Promise.all(
  ['settings.json', 'experiment.yaml', 'events.ndjson'].map(read),
)
const { peer, paceMs, once } = JSON.parse(settings as string) as { peer: number; paceMs: number; once: boolean }
const recording = readRecording(experiment as string, events as string, peer)
for (;;) {
  await session.join((signal, progress) => {
    const { seat, experiment } = recording
    session.change({ type: 'assigned', peer, neighbours: seat.neighbours, experiment })
    progress.linked?.()
    progress.computing?.(reportOf(seat.engine))
    progress.started?.()
    return play(recording, paceMs, signal, progress)
  })
  if (once) break
  await pause(endMs)
  session = createSession((state) => page.show(state))
}

async function read(file: string): Promise<string> {
  const response = await fetch(`/recorded/${file}`)
  if (!response.ok) throw new Error(`${file}: status ${response.status}`)
  return response.text()
}

/** Parses the engine report of a roster: `ENGINE (ADAPTER, software); REASON FOR THE FALLBACK`. */
function reportOf(text = 'wasm'): EngineReport {
  const [, engine, adapter, software] = /^([^ ;]+)(?: \((.*?)(, software)?\)(?:;|$))?/.exec(text) ?? []
  return { engine: engine as EngineReport['engine'], ...(adapter ? { adapter } : {}), hardware: !software }
}
