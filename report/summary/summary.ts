import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Displacement, NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { RosterEntry } from '#protocol/record/events.ts'
import type { RejectionReason } from '#protocol/round/update.ts'

/** Honest peers' figures at the evaluated rounds; arrays run in parallel. A peer that stopped counts with its last value. */
export interface Curves {
  readonly rounds: readonly number[]
  readonly accuracyMean: readonly number[]
  readonly accuracyWorst: readonly number[]
  /** 10th percentile of the peers. */
  readonly accuracyP10: readonly number[]
  readonly lossMean: readonly number[]
  /** Since round 0, mean over the peers that evaluated; virtual in a simulation, and left out where nothing takes time there. */
  readonly seconds?: readonly number[]
  /** Share of the probe's images that are taken for its target, mean over honest peers; only where there is a probe. */
  readonly attackSuccess?: readonly number[]
}

/** By dotted path, as `expect` and sweeps name them. Where nothing was measured a figure is NaN, which `summary.json` holds as null. */
export interface Metrics {
  /**
   * Of honest peers, 0 to 1. After the last round: mean, worst peer, 10th percentile. Over the rounds: best mean and
   * the worst peer of that round; area, the mean over evaluated rounds of the mean.
   */
  readonly accuracy: {
    readonly mean: number
    readonly worst: number
    readonly p10: number
    readonly best: number
    readonly worstAtBest: number
    readonly area: number
  }
  readonly loss: { readonly mean: number }
  /** z: factor that the Byzantine peers used, median over crafted vectors. successRate: last of `attackSuccess`. */
  readonly attack: { readonly z: number; readonly successRate: number }
  /** Median over victims and evaluated rounds. */
  readonly z: { readonly realised: number }
  /** Mean over victims and evaluated rounds. */
  readonly supporters: { readonly mean: number }
  /** Summed influence of Byzantine vectors, mean over honest peers and closed rounds: with Krum the share in which a lie was chosen. */
  readonly influence: { readonly byzantine: number }
  /** Median over honest peers and evaluated rounds. */
  readonly kappa: { readonly median: number }
  /** |F(attacked) - F(clean)| / |honest mean step|, median over victims and evaluated rounds; simulations measure it. */
  readonly displacement: { readonly median: number }
  /** (1/|H|) sum |x_i - mean|^2 after the last round. */
  readonly consensus: { readonly distance: number }
  readonly rounds: { readonly starved: number; readonly closed: number; readonly skipped: number }
  /** Total of the mean honest peer. */
  readonly bytes: { readonly sent: number; readonly received: number }
  /**
   * virtualSeconds: until the last honest peer closed its last round; in a simulation with delays. toN: until the mean
   * honest peer first reached N per cent, at an evaluation; virtual in a simulation, NaN where it never did.
   */
  readonly time: {
    readonly virtualSeconds: number
    readonly to50: number
    readonly to70: number
    readonly to80: number
    readonly to90: number
    readonly to95: number
  }
}

export interface PeerSummary extends RosterEntry {
  readonly accuracy: number | null
  readonly loss: number | null
  /** Share of the probe's images that it takes for the target; only where there is a probe. */
  readonly attackSuccess?: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly accepted: number
  readonly missing: number
  readonly rejected: Partial<Record<RejectionReason, number>>
  readonly starved: number
  readonly stopped: string | null
}

/** Mean share of `from`'s vector in the aggregate of an honest peer, over the rounds that the peer closed. */
export interface InfluenceShare {
  readonly peer: number
  readonly from: number
  readonly share: number
  /** Share of the closed rounds in which the vector was used at all: it may be missing, or used and trimmed. */
  readonly used: number
}

/** Who counted how much at some rounds, for the picture of who was trimmed by whom. */
export interface InfluenceRounds {
  /** Ascending, the last closed round among them. */
  readonly rounds: readonly number[]
  /** One for each edge into an honest peer; shares in parallel with the rounds, null where the vector was not used. */
  readonly edges: readonly {
    readonly peer: number
    readonly from: number
    readonly shares: readonly (number | null)[]
  }[]
  /** Whether edges from honest peers are left out, since there are too many. */
  readonly liarsOnly: boolean
}

/** Payload bytes since the start, mean over honest peers, at the rounds that any of them closed; parallel arrays. */
export interface Traffic {
  readonly rounds: readonly number[]
  readonly sent: readonly number[]
  readonly received: readonly number[]
}

/** What ran where, as `environment.json` has it: versions, machine, browser, the engine of each peer. */
export type Environment = { readonly [key: string]: EnvironmentValue }
export type EnvironmentValue = string | number | boolean | null | readonly EnvironmentValue[] | Environment

export interface TwinSummary {
  readonly name: string
  readonly label: string
  readonly curves: Curves
  readonly metrics: Metrics
  readonly transcriptHash: string
}

export type VerdictKind =
  | 'as expected'
  | 'expectation failed'
  | 'vacuous attack'
  | 'honest peers starved'
  | 'swarm broke'
  | 'interrupted'

export interface Range {
  readonly least: number
  readonly most: number
}

/** Honest peers that stopped since five rounds in a row brought too few updates. */
export interface Starvation {
  /** Who, ascending. */
  readonly peers: readonly number[]
  /** How many honest peers there are. */
  readonly honest: number
  /** The rounds in which they stopped, from 0. */
  readonly round: Range
  /** Vectors that a round needed, the own one among them, and how many there were in their last rounds. */
  readonly needed: Range
  readonly came: Range
}

export interface Verdict {
  readonly kind: VerdictKind
  /** 0 as expected; 1 an expectation failed, a vacuous attack, most honest peers starved; 3 the swarm broke or was interrupted. */
  readonly exitCode: 0 | 1 | 3
  readonly expectations: readonly {
    readonly metric: string
    readonly bound: string
    readonly value: number
    readonly holds: boolean
  }[]
  /** Only where honest peers starved, be they most of them or not. */
  readonly starvation?: Starvation
  /** Plain sentences for the end of the terminal output and the head of the report. */
  readonly lines: readonly string[]
}

/** `summary.json`: everything that the report shows, computed once from the experiment and the events. */
export interface Summary {
  readonly experiment: Experiment
  /** Hash of the resolved experiment less runtime, expect and twins. */
  readonly experimentId: string
  readonly hearsayVersion: string
  readonly startedAt: string
  readonly wallMs: number
  readonly peers: readonly PeerSummary[]
  readonly edges: readonly (readonly [number, number])[]
  readonly curves: Curves
  readonly metrics: Metrics
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  readonly displacements: readonly Displacement[]
  /** Whether the figures above are exact (simulation) or estimates from sketches. */
  readonly exact: boolean
  /** Attack factor that the Byzantine peers used, median over rounds; null without one. */
  readonly attackZ: number | null
  /** Mean milliseconds of a round by phase, over honest peers. */
  readonly phases: {
    readonly train: number
    readonly wait: number
    readonly aggregate: number
    readonly evaluate: number
  }
  /** At honest peers. */
  readonly rejections: Partial<Record<RejectionReason, number>>
  readonly influence: readonly InfluenceShare[]
  /** Null where nothing was aggregated or there are too many edges. */
  readonly influenceRounds: InfluenceRounds | null
  readonly traffic: Traffic
  /** Plain sentences on what a reader must know of the figures: who stopped early, who starved. */
  readonly notes: readonly string[]
  readonly environment: Environment | null
  readonly repetition: {
    readonly class: 'D0' | 'D1' | 'D2'
    /** Why it is D2. */
    readonly reason?: string
    /** What it would be if the rule of the user's own, which is the reason, computes the same again. */
    readonly otherwise?: 'D0' | 'D1'
    readonly transcriptHash: string | null
  }
  readonly twins: readonly TwinSummary[]
  readonly verdict: Verdict
}
