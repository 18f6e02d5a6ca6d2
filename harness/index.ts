// The exports of 'hearsay' in Node: rules, attacks and topologies by name, and runs.

export {
  backdoor,
  dissensus,
  fang,
  gaussian,
  innerProductManipulation,
  labelFlip,
  littleIsEnough,
  mimic,
  minMax,
  minSum,
  nonFinite,
  replay,
  signFlip,
  spectral,
  stall,
  zero,
} from '#library/attacks.ts'
export type { Attack, AttackFactory, CraftedVector, CraftOptions } from '#library/callable-attack.ts'
export type {
  Aggregation,
  AggregationOptions,
  PreAggregator,
  PreAggregatorFactory,
  Rule,
  RuleFactory,
} from '#library/callable-rule.ts'
export type { Graph, GraphOptions, Topology, TopologyFactory } from '#library/callable-topology.ts'
export {
  arc,
  average,
  balance,
  bridge,
  bucketing,
  bulyan,
  caf,
  centeredClipping,
  cge,
  clippedGossip,
  clipping,
  csPlus,
  dnc,
  faba,
  geometricMedian,
  gts,
  ios,
  krum,
  mda,
  meanAroundMedian,
  median,
  monna,
  multiKrum,
  nnm,
  signguard,
  sketchguard,
  smea,
  trimmedMean,
  ubar,
  wfagg,
} from '#library/rules.ts'
export {
  barabasiAlbert,
  chain,
  complete,
  dumbbell,
  epidemic,
  erdosRenyi,
  exponential,
  exponentialCycle,
  fromFile,
  grid,
  onePeerExponential,
  randomGeometric,
  randomRegular,
  ring,
  smallWorld,
  star,
  torus,
  tree,
  twoCastle,
  twoCliques,
  twoWorlds,
} from '#library/topologies.ts'
export type { Vector } from '#library/vectors.ts'
export type { Experiment } from '#protocol/experiment/schema.ts'
export type { LoggedEvent } from '#protocol/record/events.ts'
export type { Metrics, Summary, Verdict } from '#report/summary/summary.ts'
export { ExperimentError, RunError } from './run/errors.ts'
export type { ExperimentInput } from './run/experiment-input.ts'
export { type RunOptions, run, simulate } from './run/run.ts'
export { type SweepOptions, type SweepSummary, type SweptRun, sweep } from './sweep/sweep.ts'
