import { joinFromNode } from '#node/session/join.ts'
import type { StopReason } from '#protocol/peer/peer-ports.ts'
import { parseJoinLink, readInvitation } from './join-link.ts'

export interface JoinOptions {
  readonly link: string
  /** An abort makes the peer leave. */
  readonly signal: AbortSignal
  /** Writes a line to stderr. */
  readonly say: (line: string) => void
}

/** Joins a hosted experiment as a peer in this process. Resolves to the reason why the peer stopped. */
export async function joinByLink({ link, signal, say }: JoinOptions): Promise<StopReason> {
  const { notice, ...addresses } = await readInvitation(link, signal)
  const { taken, wanted } = notice.seats
  say(`experiment ${String(notice.experiment.name)}: ${taken} of ${wanted} peers are here`)
  let rounds = 0
  let asked = false
  return joinFromNode({
    ...addresses,
    dataUrl: `${parseJoinLink(link).origin}/data/`,
    links: 'webrtc',
    signal,
    progress: {
      waiting() {
        say(
          asked
            ? 'a seat is free again; waiting for another peer'
            : 'asked for a seat; the run starts when all seats are taken',
        )
        asked = true
      },
      assigned({ index, neighbours }, experiment) {
        rounds = experiment.rounds.count
        say(`peer ${index}, neighbours ${neighbours.join(', ')}`)
      },
      computing: ({ engine }) => say(`computes with ${engine}`),
      started: () => say('round 0'),
      stopAsked: (reason) => say(`the host ends the run: ${reason}`),
      violated(violation, count) {
        // Reported when the count is a power of two.
        if ((count & (count - 1)) === 0) say(`ignored: ${violation} (${count} so far)`)
      },
      event(event) {
        if (event.type !== 'evaluated') return
        say(
          `round ${event.round + 1} of ${rounds}: accuracy ${event.accuracy.toFixed(3)}, loss ${event.loss.toFixed(3)}`,
        )
      },
    },
  })
}
