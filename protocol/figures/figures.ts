/** Joined by the harness, which knows the roles; exact in a simulation, estimated from sketches in a swarm. */
export interface NeighbourhoodFigures {
  readonly round: number
  readonly peer: number
  /** Median over coordinates of (mean_H - p) / std_H over the honest closed neighbourhood; null without a Byzantine peer in it. */
  readonly realisedZ: number | null
  /** Mean over coordinates of honest members at or beyond mean + sign z std. */
  readonly supporters: number | null
  /** Summed influence of the Byzantine vectors in the output. */
  readonly byzantineInfluence: number
  /** |F(x) - mean_H|^2 / ((1/|H|) sum |x_i - mean_H|^2); null where the honest vectors are equal. */
  readonly kappa: number | null
}

/** How far the lies moved the aggregate of one victim in one evaluated round. */
export interface Displacement {
  readonly round: number
  readonly peer: number
  /** |F(attacked) - F(clean)| / |mean step of the honest members|; clean: the Byzantine peers' honest vectors in place of theirs. */
  readonly ratio: number
}
