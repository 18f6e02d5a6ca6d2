// The training engine's kernels. Pointers are byte offsets into the arena, which TypeScript lays out; the kernels
// allocate nothing. They use only correctly rounded operations without fused multiply-add, so the bits are the same
// everywhere, except in the build with relaxed SIMD.
export { gemm, gemmScratch, packedBytes, packedGemm, packWhole, pairTiles, patchesGemm } from './gemm'
export { groupNorm, groupNormScratch, groupNormSlope } from './group-norm'
export {
  addPatches, addShortcut, addShortcutSlope, averagePool, averagePoolSlope, crop, globalAveragePool, globalAveragePoolSlope,
  maxPool, maxPoolSlope, pad, turnWeights,
} from './images'
export { applyDescent, clear, columnSums, copy, gather, maskByOutput, relu } from './elementwise'
export { addDecay, allFinite, clipToNorm } from './descent'
export { gatherViews } from './views'
export { crossEntropySlope, score } from './cross-entropy'
