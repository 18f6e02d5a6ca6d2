// The training engine's kernels. Pointers are byte offsets into the arena that TypeScript lays out; nothing is
// allocated here. Only correctly rounded operations, no fused multiply-add: the same bits everywhere, but for the build
// with relaxed SIMD.
export { gemm, gemmScratch, packedBytes, packedGemm, packWhole, patchesGemm } from './gemm'
export { groupNorm, groupNormScratch, groupNormSlope } from './group-norm'
export {
  addPatches, addShortcut, addShortcutSlope, averagePool, averagePoolSlope, crop, globalAveragePool, globalAveragePoolSlope,
  maxPool, maxPoolSlope, pad, turnWeights,
} from './images'
export { applyDescent, clear, columnSums, copy, gather, maskByOutput, relu } from './elementwise'
export { addDecay, allFinite, clipToNorm } from './descent'
export { gatherViews } from './views'
export { crossEntropySlope, score } from './cross-entropy'
