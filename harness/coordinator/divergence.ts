import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import type { RunEvent } from '#protocol/record/events.ts'

/**
 * With `exchange: gradients`, and the same Byzantine vector to all victims, honest peers that closed the same round
 * must hold the same x. The check returns the failure that ends the run if two of them differ.
 */
export function createDivergenceCheck(experiment: Experiment, plan: Plan): (event: RunEvent) => string | undefined {
  const perVictim = experiment.attack.name !== 'none' && experiment.attack.delivery === 'per-victim'
  const first = new Map<number, { readonly peer: number; readonly digest: string }>()
  return (event) => {
    if (experiment.exchange !== 'gradients' || perVictim) return undefined
    if (event.type !== 'round-closed' || event.stateDigest === undefined) return undefined
    if (plan.byzantine.includes(event.peer)) return undefined
    const known = first.get(event.round)
    if (!known) {
      first.set(event.round, { peer: event.peer, digest: event.stateDigest })
      return undefined
    }
    if (known.digest === event.stateDigest) return undefined
    return `agreement-lost: after round ${event.round} peers ${known.peer} and ${event.peer} hold different models`
  }
}
