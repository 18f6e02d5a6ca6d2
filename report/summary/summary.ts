import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Displacement, NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { RosterEntry } from '#protocol/record/events.ts'
import type { RejectionReason } from '#protocol/round/update.ts'

/**
 * Figures of honest peers at the evaluated rounds, as parallel arrays. Means include the last value of a stopped peer.
 */
export interface Curves {
  readonly rounds: readonly number[]
  readonly accuracyMean: readonly number[]
  readonly accuracyWorst: readonly number[]
  /** 10th percentile of the peers. */
  readonly accuracyP10: readonly number[]
  readonly lossMean: readonly number[]
  /**
   * Seconds since round 0, mean over the peers that evaluated; virtual in a simulation; left out if nothing takes time.
   */
  readonly seconds?: readonly number[]
  /** Share of the probe's images taken for its target, mean over honest peers; only with a probe. */
  readonly attackSuccess?: readonly number[]
}

/** The metrics that `expect` and sweeps name by dotted path. NaN, in `summary.json` null, was not measured. */
export interface Metrics {
  /**
   * Of honest peers, 0 to 1. After the last round: mean, worst peer, 10th percentile. Over all rounds: the best mean
   * and the worst peer of that round; area, the mean over the evaluated rounds of `mean`.
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
  /**
   * z: the factor of the Byzantine peers, median over crafted vectors. successRate: the last value of `attackSuccess`.
   */
  readonly attack: { readonly z: number; readonly successRate: number }
  /** Median over victims and evaluated rounds. */
  readonly z: { readonly realised: number }
  /** Mean over victims and evaluated rounds. */
  readonly supporters: { readonly mean: number }
  /**
   * Summed influence of Byzantine vectors, mean over honest peers and closed rounds; with Krum the share of rounds in
   * which it chose a Byzantine vector.
   */
  readonly influence: { readonly byzantine: number }
  /** Median over honest peers and evaluated rounds. */
  readonly kappa: { readonly median: number }
  /** |F(attacked) - F(clean)| / |honest mean step|, median over victims and evaluated rounds; only in simulations. */
  readonly displacement: { readonly median: number }
  /** (1/|H|) sum |x_i - mean|^2 after the last round. */
  readonly consensus: { readonly distance: number }
  readonly rounds: { readonly starved: number; readonly closed: number; readonly skipped: number }
  /** Bytes since the start, mean over honest peers. */
  readonly bytes: { readonly sent: number; readonly received: number }
  /**
   * virtualSeconds: until the last honest peer closed its last round, in a simulation with delays. toN: until the mean
   * accuracy of honest peers first reached N per cent at an evaluation; virtual in a simulation, NaN if it never did.
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
  /** Share of the probe's images that the peer takes for the target; only with a probe. */
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
  /** Share of the closed rounds in which the rule received the vector; the rule may have trimmed it away. */
  readonly used: number
}

/** The influence on each edge at some rounds, for the trimming figure. */
export interface InfluenceRounds {
  /** Ascending, the last closed round among them. */
  readonly rounds: readonly number[]
  /** One entry for each edge into an honest peer; `shares` is parallel to `rounds`, null if the vector was not used. */
  readonly edges: readonly {
    readonly peer: number
    readonly from: number
    readonly shares: readonly (number | null)[]
  }[]
  /** Whether the edges from honest peers are left out because there are too many. */
  readonly liarsOnly: boolean
}

/** Bytes since the start, mean over honest peers, at each round that some of them closed; parallel arrays. */
export interface Traffic {
  readonly rounds: readonly number[]
  readonly sent: readonly number[]
  readonly received: readonly number[]
}

/** The contents of `environment.json`: versions, machine, browser, the engine of each peer. */
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

/** The honest peers that stopped after five starved rounds in a row. */
export interface Starvation {
  /** Indices, ascending. */
  readonly peers: readonly number[]
  /** The number of honest peers. */
  readonly honest: number
  /** The rounds in which they stopped, from 0. */
  readonly round: Range
  /** Vectors that a round needed, and vectors present in the last rounds, both with the peer's own. */
  readonly needed: Range
  readonly came: Range
}

export interface Verdict {
  readonly kind: VerdictKind
  /**
   * 0: as expected; 1: failed expectation, vacuous attack or starved honest peers; 3: the swarm broke or was
   * interrupted.
   */
  readonly exitCode: 0 | 1 | 3
  readonly expectations: readonly {
    readonly metric: string
    readonly bound: string
    readonly value: number
    readonly holds: boolean
  }[]
  /** Only if at least one honest peer starved. */
  readonly starvation?: Starvation
  /** Plain sentences for the end of the terminal output and the head of the report. */
  readonly lines: readonly string[]
}

/** `summary.json`: everything that the report shows, from the experiment and its events. */
export interface Summary {
  readonly experiment: Experiment
  /** Hash of the resolved experiment without runtime, expect and twins. */
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
  /** The attack factor z, median over crafted vectors; null without one. */
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
  /** Null if nothing was aggregated or there are too many edges. */
  readonly influenceRounds: InfluenceRounds | null
  readonly traffic: Traffic
  /** Sentences that qualify the figures: peers that stopped early, starved or ran in hidden tabs. */
  readonly notes: readonly string[]
  readonly environment: Environment | null
  readonly repetition: {
    readonly class: 'D0' | 'D1' | 'D2'
    /** The reason for D2. */
    readonly reason?: string
    /** The class if the user's own code, which is the reason, computes the same again. */
    readonly otherwise?: 'D0' | 'D1'
    readonly transcriptHash: string | null
  }
  readonly twins: readonly TwinSummary[]
  readonly verdict: Verdict
}
