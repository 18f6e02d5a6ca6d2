import {
  createRoundState,
  type RoundEffect,
  type RoundEvent,
  type RoundRules,
  type RoundState,
} from '#protocol/round/state.ts'
import { step } from '#protocol/round/step.ts'
import type { Update } from '#protocol/round/update.ts'

/** A state machine under test, with all of its effects. */
export interface Driver {
  readonly state: () => RoundState
  /** Every effect so far, in order. */
  readonly effects: RoundEffect[]
  /** Feeds one event and returns its effects. */
  feed(event: RoundEvent): readonly RoundEffect[]
}

export const rulesWith = (changes: Partial<RoundRules> = {}): RoundRules => ({
  self: 0,
  neighbours: [1, 2, 3, 4],
  rounds: 10,
  deadlineMs: 1000,
  quorum: 2,
  minimum: 2,
  pulls: 'never',
  ...changes,
})

export function drive(changes: Partial<RoundRules> = {}): Driver {
  let state = createRoundState(rulesWith(changes))
  const effects: RoundEffect[] = []
  return {
    state: () => state,
    effects,
    feed(event) {
      const result = step(state, event)
      state = result.state
      effects.push(...result.effects)
      return result.effects
    },
  }
}

export const update = (sender: number, round: number): Update => ({
  sender,
  round,
  vector: Float32Array.of(sender, round),
})
export const from = (sender: number, round: number, atMs: number): RoundEvent => ({
  type: 'update-received',
  update: update(sender, round),
  atMs,
})
export const trained = (round: number, atMs: number): RoundEvent => ({ type: 'trained', round, atMs })
export const aggregated = (round: number, atMs: number): RoundEvent => ({ type: 'aggregated', round, atMs })
export const fired = (timer: 'deadline' | 'grace' | 'pull' | 'heartbeat', round: number, atMs: number): RoundEvent => ({
  type: 'timer-fired',
  timer,
  round,
  atMs,
})

/** The effects of one type. */
export function only<T extends RoundEffect['type']>(
  effects: readonly RoundEffect[],
  type: T,
): Extract<RoundEffect, { type: T }>[] {
  return effects.filter((effect) => effect.type === type) as Extract<RoundEffect, { type: T }>[]
}
