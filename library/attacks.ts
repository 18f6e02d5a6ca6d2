import { backdoor as backdoorDeclaration } from '#attacks/methods/backdoor.ts'
import { dissensus as dissensusDeclaration } from '#attacks/methods/dissensus.ts'
import { fang as fangDeclaration } from '#attacks/methods/fang.ts'
import { gaussian as gaussianDeclaration } from '#attacks/methods/gaussian.ts'
import { innerProductManipulation as innerProductManipulationDeclaration } from '#attacks/methods/inner-product-manipulation.ts'
import { labelFlip as labelFlipDeclaration } from '#attacks/methods/label-flip.ts'
import { littleIsEnough as littleIsEnoughDeclaration } from '#attacks/methods/little-is-enough.ts'
import { mimic as mimicDeclaration } from '#attacks/methods/mimic.ts'
import { minMax as minMaxDeclaration } from '#attacks/methods/min-max.ts'
import { minSum as minSumDeclaration } from '#attacks/methods/min-sum.ts'
import { nonFinite as nonFiniteDeclaration } from '#attacks/methods/non-finite.ts'
import { replay as replayDeclaration } from '#attacks/methods/replay.ts'
import { signFlip as signFlipDeclaration } from '#attacks/methods/sign-flip.ts'
import { spectral as spectralDeclaration } from '#attacks/methods/spectral.ts'
import { stall as stallDeclaration } from '#attacks/methods/stall.ts'
import { zero as zeroDeclaration } from '#attacks/methods/zero.ts'
import { callableAttack } from './callable-attack.ts'

// Every attack that crafts by itself, by name; docs/methods.md says what each does and lists its parameters.

export const littleIsEnough = /* @__PURE__ */ callableAttack(littleIsEnoughDeclaration)
export const backdoor = /* @__PURE__ */ callableAttack(backdoorDeclaration)
export const signFlip = /* @__PURE__ */ callableAttack(signFlipDeclaration)
export const innerProductManipulation = /* @__PURE__ */ callableAttack(innerProductManipulationDeclaration)
export const gaussian = /* @__PURE__ */ callableAttack(gaussianDeclaration)
export const mimic = /* @__PURE__ */ callableAttack(mimicDeclaration)
export const labelFlip = /* @__PURE__ */ callableAttack(labelFlipDeclaration)
export const minMax = /* @__PURE__ */ callableAttack(minMaxDeclaration)
export const minSum = /* @__PURE__ */ callableAttack(minSumDeclaration)
export const fang = /* @__PURE__ */ callableAttack(fangDeclaration)
export const dissensus = /* @__PURE__ */ callableAttack(dissensusDeclaration)
export const spectral = /* @__PURE__ */ callableAttack(spectralDeclaration)
export const zero = /* @__PURE__ */ callableAttack(zeroDeclaration)
export const nonFinite = /* @__PURE__ */ callableAttack(nonFiniteDeclaration)
export const replay = /* @__PURE__ */ callableAttack(replayDeclaration)
export const stall = /* @__PURE__ */ callableAttack(stallDeclaration)
