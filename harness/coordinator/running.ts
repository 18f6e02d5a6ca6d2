import type { RunEvent } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { createDivergenceCheck } from './divergence.ts'
import type { CoordinatorOptions } from './options.ts'
import { printable, seconds } from './printable.ts'
import { farewellMs, type Seat, type Seats } from './seats.ts'

/** The time from round 0 until all peers have stopped or are gone. */
export interface Running {
  /** Round 0 begins. */
  begin(): void
  /** Handles an event that the peer in a seat reports. */
  take(seat: Seat, event: RunEvent): void
  /**
   * Records a peer as failed: it is gone and has sent no `stopped` event. Does nothing before `begin` or after `end`.
   */
  lose(seat: Seat, detail: string): void
  /** Stops watching for silence. */
  end(): void
}

/** Called when the run has ended by itself; `failure` says why it broke. */
export type RunEnded = (outcome: 'finished' | 'broke', failure?: string) => void

export function createRunning(
  options: Pick<CoordinatorOptions, 'experiment' | 'plan' | 'record' | 'say' | 'silenceMs'>,
  seats: Seats,
  ended: RunEnded,
): Running {
  const { experiment, plan, record } = options
  const silenceMs = options.silenceMs ?? 60_000
  const agreement = createDivergenceCheck(experiment, plan)
  const lastRounds = new Map<PeerIndex, number>()
  let begunMs = 0
  let begun = false
  let honestFinished = 0
  let silence: NodeJS.Timeout | undefined

  const unstopped = (): readonly Seat[] => seats.all().filter((seat) => !seat.stopped)

  const takeEvent = (event: RunEvent): void => {
    record(event)
    const lost = agreement(event)
    if (lost) return ended('broke', lost)
    if (event.type !== 'stopped') return
    const { peer, round, reason, detail } = event
    if (reason !== 'finished')
      options.say?.(`peer ${peer} stopped after round ${round + 1}: ${reason}${detail ? `: ${detail}` : ''}`)
    const seat = seats.at(peer)
    if (seat) seat.stopped = true
    if (reason === 'finished' && !plan.byzantine.includes(peer)) honestFinished++
    endIfAllStopped()
  }

  const lose = (seat: Seat, detail: string): void => {
    if (seat.stopped || !begun) return
    const [round, atMs] = [lastRounds.get(seat.index) ?? 0, performance.now() - begunMs]
    takeEvent({ type: 'stopped', peer: seat.index, round, atMs, reason: 'failed', detail: printable(detail) })
  }

  /**
   * The run is over when all peers have stopped. After the last honest peer, Byzantine peers have `farewellMs` left.
   */
  const endIfAllStopped = (): void => {
    if (!begun) return
    const running = unstopped()
    if (running.length === 0) return end()
    if (running.every((seat) => plan.byzantine.includes(seat.index))) setTimeout(endWithoutByzantine, farewellMs)
  }

  const endWithoutByzantine = (): void => {
    for (const seat of seats.all()) {
      const silentMs = performance.now() - seat.heardMs
      if (silentMs >= silenceMs / 4) lose(seat, `no report for ${seconds(silentMs)}`)
    }
    end()
  }

  const end = (): void => {
    if (honestFinished > 0) ended('finished')
    else ended('broke', 'no honest peer reached the last round')
  }

  /**
   * A machine that freezes or loses its network sends no `stopped` event. Its neighbours continue without it. The run
   * waits for it while any other peer reports. After `silenceMs` without any report, all running peers count as gone.
   */
  const watchSilence = (): void => {
    const running = unstopped()
    const now = performance.now()
    const silentMs = Math.min(...running.map((seat) => now - seat.heardMs))
    if (running.length === 0 || silentMs < silenceMs / 4) return
    const names = running.map(({ index }) => index).join(', ')
    if (silentMs < silenceMs) return options.say?.(`waiting for ${names}: no report for ${seconds(silentMs)}`)
    for (const seat of running) lose(seat, `no report for ${seconds(silentMs)}`)
  }

  return {
    begin() {
      begun = true
      begunMs = performance.now()
      for (const seat of seats.all()) seat.heardMs = begunMs
      silence = setInterval(watchSilence, silenceMs / 4)
    },
    take(seat, event) {
      lastRounds.set(seat.index, event.round)
      takeEvent(event.type === 'stopped' && event.detail ? { ...event, detail: printable(event.detail) } : event)
    },
    lose,
    end() {
      begun = false
      clearInterval(silence)
    },
  }
}
