/**
 * Figures of one aggregation at an honest peer. The harness, which knows the roles, computes them: exactly in a
 * simulation, as estimates from sketches in a swarm.
 */
export interface NeighbourhoodFigures {
  readonly round: number
  readonly peer: number
  /**
   * Median over coordinates of (mean_H - p) / std_H, for the crafted vector p and the honest members H of the closed
   * neighbourhood. Null without a Byzantine member.
   */
  readonly realisedZ: number | null
  /** Mean over coordinates of the number of honest members at or beyond mean + sign z std. */
  readonly supporters: number | null
  /** Summed influence of the Byzantine vectors in the output. */
  readonly byzantineInfluence: number
  /** |F(x) - mean_H|^2 / ((1/|H|) sum |x_i - mean_H|^2); null if the honest vectors are equal. */
  readonly kappa: number | null
}

/** How far the attack moved the aggregate of one victim in one evaluated round. */
export interface Displacement {
  readonly round: number
  readonly peer: number
  /**
   * |F(attacked) - F(clean)| / |mean step of the honest members|. `clean` has the Byzantine peers' honest vectors
   * instead of the crafted ones.
   */
  readonly ratio: number
}
