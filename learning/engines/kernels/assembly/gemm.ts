// Matrix product with packed operands and a register tile of 4 x 8, which V8 keeps in registers (5 x 8 spills).

/** Depth of a packed block: a panel of B (8 x KC floats, 8 KiB) stays in the level-1 cache. */
const KC: i32 = 256
/** Rows of A that are packed at a time (MC x KC floats, 128 KiB). */
const MC: i32 = 128

/** Bytes of scratch that a product with at most `columns` columns needs. */
export function gemmScratch(columns: i32): i32 {
  return (MC * KC + ((columns + 7) & ~7) * KC + 32) << 2
}

/**
 * C (M x N) = A B, or C + A B with `accumulate`, then plus `bias` (N; 0: none), then ReLU with `relu`.
 * A is M x K, or stored K x M with `ta`; B is K x N, or stored N x K with `tb`; leading dimensions in floats.
 * Sums run over k in blocks of 256, each from zero; the blocks are added in order.
 */
export function gemm(
  M: i32, N: i32, K: i32,
  A: usize, lda: i32, ta: bool,
  B: usize, ldb: i32, tb: bool,
  C: usize, ldc: i32,
  accumulate: bool, bias: usize, relu: bool,
  scratch: usize,
): void {
  const edge = scratch
  const packedA = scratch + 128
  const packedB = packedA + ((MC * KC) << 2)
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kb = min(KC, K - k0)
    const last = k0 + kb == K
    const add = accumulate || k0 > 0
    packB(kb, N, tb ? B + (k0 << 2) : B + ((k0 * ldb) << 2), ldb, tb, packedB)
    for (let i0 = 0; i0 < M; i0 += MC) {
      const mc = min(MC, M - i0)
      packA(kb, mc, ta ? A + ((k0 * lda + i0) << 2) : A + ((i0 * lda + k0) << 2), lda, ta, packedA)
      tiles(kb, mc, N, packedA, packedB, C + ((i0 * ldc) << 2), ldc, add, last ? bias : 0, last && relu, edge)
    }
  }
}

/** Bytes of a B (K x N) that is packed whole. */
export function packedBytes(N: i32, K: i32): i32 {
  return (((N + 7) & ~7) * K) << 2
}

/** Packs B (K x N) as a whole, for any number of products. */
export function packWhole(N: i32, K: i32, B: usize, ldb: i32, to: usize): void {
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kb = min(KC, K - k0)
    packB(kb, N, B + ((k0 * ldb) << 2), ldb, false, to)
    to += packedBytes(N, kb)
  }
}

/** C (M x N) = A B plus `bias` (N; 0: none), then ReLU with `relu`, as in `gemm`, with B packed by `packWhole`. */
export function packedGemm(
  M: i32, N: i32, K: i32,
  A: usize, lda: i32,
  packed: usize,
  C: usize, ldc: i32,
  bias: usize, relu: bool,
  scratch: usize,
): void {
  const edge = scratch
  const packedA = scratch + 128
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kb = min(KC, K - k0)
    const last = k0 + kb == K
    for (let i0 = 0; i0 < M; i0 += MC) {
      const mc = min(MC, M - i0)
      packA(kb, mc, A + ((i0 * lda + k0) << 2), lda, false, packedA)
      tiles(kb, mc, N, packedA, packed, C + ((i0 * ldc) << 2), ldc, k0 > 0, last ? bias : 0, last && relu, edge)
    }
    packed += packedBytes(N, kb)
  }
}

/**
 * The product `gemm`, with an A (M x K) that is not stored: its number (i, k) is at the byte base + rows[i] +
 * columns[k]. B is K x N. With patches of images as rows this is a convolution. With `rows` and `columns` exchanged it
 * is the gradient of the convolution's weights.
 */
export function patchesGemm(
  M: i32, N: i32, K: i32,
  base: usize, rows: usize, columns: usize,
  B: usize, ldb: i32,
  C: usize, ldc: i32,
  accumulate: bool, bias: usize, relu: bool,
  scratch: usize,
): void {
  const edge = scratch
  const packedA = scratch + 128
  const packedB = packedA + ((MC * KC) << 2)
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kb = min(KC, K - k0)
    const last = k0 + kb == K
    const add = accumulate || k0 > 0
    packB(kb, N, B + ((k0 * ldb) << 2), ldb, false, packedB)
    for (let i0 = 0; i0 < M; i0 += MC) {
      const mc = min(MC, M - i0)
      packPatches(kb, mc, base, rows + (i0 << 2), columns + (k0 << 2), packedA)
      tiles(kb, mc, N, packedA, packedB, C + ((i0 * ldc) << 2), ldc, add, last ? bias : 0, last && relu, edge)
    }
  }
}

/** Panels of 4 rows, each kb x 4, the last filled up with zeros, gathered by offsets. */
function packPatches(kb: i32, M: i32, base: usize, rows: usize, columns: usize, to: usize): void {
  for (let i = 0; i < M; i += 4) {
    const mb = min(4, M - i)
    const o0 = load<u32>(rows)
    const r0 = base + o0
    const r1 = mb > 1 ? base + load<u32>(rows, 4) : r0
    const r2 = mb > 2 ? base + load<u32>(rows, 8) : r0
    const r3 = mb > 3 ? base + load<u32>(rows, 12) : r0
    if (mb == 4 && load<u32>(rows, 4) == o0 + 4 && load<u32>(rows, 8) == o0 + 8 && load<u32>(rows, 12) == o0 + 12) {
      for (let k = 0; k < kb; k++) {
        v128.store(to, v128.load(r0 + load<u32>(columns + (k << 2))))
        to += 16
      }
    } else {
      let k = 0
      if (mb == 4) {
        while (k < kb) {
          const at = load<u32>(columns + (k << 2))
          if (k + 4 <= kb && load<u32>(columns + (k << 2), 12) == at + 12) {
            const a = v128.load(r0 + at)
            const b = v128.load(r1 + at)
            const c = v128.load(r2 + at)
            const d = v128.load(r3 + at)
            const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
            const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
            const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
            const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
            v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5))
            v128.store(to, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 16)
            v128.store(to, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), 32)
            v128.store(to, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), 48)
            to += 64
            k += 4
          } else {
            store<f32>(to, load<f32>(r0 + at))
            store<f32>(to, load<f32>(r1 + at), 4)
            store<f32>(to, load<f32>(r2 + at), 8)
            store<f32>(to, load<f32>(r3 + at), 12)
            to += 16
            k++
          }
        }
      } else {
        for (; k < kb; k++) {
          const at = load<u32>(columns + (k << 2))
          store<f32>(to, load<f32>(r0 + at))
          store<f32>(to, mb > 1 ? load<f32>(r1 + at) : 0, 4)
          store<f32>(to, mb > 2 ? load<f32>(r2 + at) : 0, 8)
          store<f32>(to, 0, 12)
          to += 16
        }
      }
    }
    rows += 16
  }
}

/** Whether full tiles have two panels of B, in a shape whose operations V8 pairs to 256 bits. */
let paired = false

/**
 * Chooses the tiles of later products: 4 x 16 over two panels, or 4 x 8. Each number is the same sum in the same order,
 * so the choice changes no bit. Where V8 pairs 128-bit operations 4 x 16 is faster, elsewhere 4 x 8.
 */
export function pairTiles(on: bool): void {
  paired = on
}

/** All tiles of a packed block: mc x N of C. */
function tiles(
  kb: i32, mc: i32, N: i32, packedA: usize, packedB: usize, C: usize, ldc: i32, add: bool, bias: usize, relu: bool, edge: usize,
): void {
  let panelB = packedB
  let j = 0
  if (paired) {
    const panel = <usize>(kb << 5)
    for (; j + 16 <= N; j += 16) {
      const tileBias = bias ? bias + (j << 2) : 0
      const at = C + (j << 2)
      let panelA = packedA
      let i = 0
      for (; i + 4 <= mc; i += 4) {
        wideTile(kb, panelA, panelB, panelB + panel, at + ((i * ldc) << 2), ldc << 2, add, tileBias, relu)
        panelA += kb << 4
      }
      if (i < mc) {
        const rest = at + ((i * ldc) << 2)
        tile(kb, panelA, panelB, rest, ldc << 2, mc - i, 8, add, tileBias, relu, edge)
        tile(kb, panelA, panelB + panel, rest + 32, ldc << 2, mc - i, 8, add, tileBias ? tileBias + 32 : 0, relu, edge)
      }
      panelB += panel << 1
    }
  }
  for (; j < N; j += 8) {
    const nb = min(8, N - j)
    const tileBias = bias ? bias + (j << 2) : 0
    let panelA = packedA
    let i = 0
    if (nb == 4) {
      for (; i + 8 <= mc; i += 8) {
        narrowTile(kb, panelA, panelB, C + ((i * ldc + j) << 2), ldc << 2, add, tileBias, relu)
        panelA += kb << 5
      }
    }
    if (paired && nb == 8) {
      for (; i + 4 <= mc; i += 4) {
        fullTile(kb, panelA, panelB, C + ((i * ldc + j) << 2), ldc << 2, add, tileBias, relu)
        panelA += kb << 4
      }
    }
    for (; i < mc; i += 4) {
      tile(kb, panelA, panelB, C + ((i * ldc + j) << 2), ldc << 2, min(4, mc - i), nb, add, tileBias, relu, edge)
      panelA += kb << 4
    }
    panelB += kb << 5
  }
}

/** Panels of 8 columns, each kb x 8, the last filled up with zeros. */
function packB(kb: i32, N: i32, B: usize, ldb: i32, tb: bool, to: usize): void {
  const stride = <usize>(ldb << 2)
  for (let j = 0; j < N; j += 8) {
    const nb = min(8, N - j)
    if (!tb) {
      let from = B + (j << 2)
      if (nb == 8) {
        for (let k = 0; k < kb; k++) {
          v128.store(to, v128.load(from))
          v128.store(to, v128.load(from, 16), 16)
          from += stride
          to += 32
        }
      } else {
        for (let k = 0; k < kb; k++) {
          for (let q = 0; q < 8; q++) store<f32>(to + (q << 2), q < nb ? load<f32>(from + (q << 2)) : 0)
          from += stride
          to += 32
        }
      }
    } else {
      for (let q = 0; q < 8; q++) {
        const from = B + ((j + q) * ldb << 2)
        const column = to + (q << 2)
        if (q < nb) for (let k = 0; k < kb; k++) store<f32>(column + (k << 5), load<f32>(from + (k << 2)))
        else for (let k = 0; k < kb; k++) store<f32>(column + (k << 5), 0)
      }
      to += kb << 5
    }
  }
}

/** Panels of 4 rows, each kb x 4, the last filled up with zeros. */
function packA(kb: i32, M: i32, A: usize, lda: i32, ta: bool, to: usize): void {
  const stride = <usize>(lda << 2)
  for (let i = 0; i < M; i += 4) {
    const mb = min(4, M - i)
    if (ta) {
      let from = A + (i << 2)
      if (mb == 4) {
        for (let k = 0; k < kb; k++) {
          v128.store(to, v128.load(from))
          from += stride
          to += 16
        }
      } else {
        for (let k = 0; k < kb; k++) {
          for (let q = 0; q < 4; q++) store<f32>(to + (q << 2), q < mb ? load<f32>(from + (q << 2)) : 0)
          from += stride
          to += 16
        }
      }
      continue
    }
    const r0 = A + ((i * lda) << 2)
    const r1 = mb > 1 ? r0 + stride : r0
    const r2 = mb > 2 ? r1 + stride : r0
    const r3 = mb > 3 ? r2 + stride : r0
    const m1 = i32x4.splat(mb > 1 ? -1 : 0)
    const m2 = i32x4.splat(mb > 2 ? -1 : 0)
    const m3 = i32x4.splat(mb > 3 ? -1 : 0)
    let k = 0
    for (; k + 4 <= kb; k += 4) {
      const at = <usize>(k << 2)
      const a = v128.load(r0 + at)
      const b = v128.and(v128.load(r1 + at), m1)
      const c = v128.and(v128.load(r2 + at), m2)
      const d = v128.and(v128.load(r3 + at), m3)
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
      const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
      const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
      const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
      v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5))
      v128.store(to, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 16)
      v128.store(to, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), 32)
      v128.store(to, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), 48)
      to += 64
    }
    for (; k < kb; k++) {
      const at = <usize>(k << 2)
      store<f32>(to, load<f32>(r0 + at))
      store<f32>(to, mb > 1 ? load<f32>(r1 + at) : 0, 4)
      store<f32>(to, mb > 2 ? load<f32>(r2 + at) : 0, 8)
      store<f32>(to, mb > 3 ? load<f32>(r3 + at) : 0, 12)
      to += 16
    }
  }
}

/** c + a b: rounded twice, or once if relaxed SIMD on this processor fuses both. */
// @ts-ignore: decorator
@inline
function multiplyAdd(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c)
  return f32x4.add(c, f32x4.mul(a, b))
}

/**
 * A full tile of 4 x 16 over two panels of B. V8 pairs two adjacent vectors by going backwards from their stores, while
 * both are in the same basic blocks. Therefore this function has only the loop and the stores.
 */
function wideTile(
  kb: i32, A: usize, B: usize, B2: usize, C: usize, stride: usize, add: bool, bias: usize, relu: bool,
): void {
  const zero = f32x4.splat(0)
  let c00 = zero, c01 = zero, c02 = zero, c03 = zero
  let c10 = zero, c11 = zero, c12 = zero, c13 = zero
  let c20 = zero, c21 = zero, c22 = zero, c23 = zero
  let c30 = zero, c31 = zero, c32 = zero, c33 = zero
  const end = B + (kb << 5)
  while (B < end) {
    const b0 = v128.load(B)
    const b1 = v128.load(B, 16)
    const b2 = v128.load(B2)
    const b3 = v128.load(B2, 16)
    let a = v128.load32_splat(A)
    c00 = multiplyAdd(c00, a, b0)
    c01 = multiplyAdd(c01, a, b1)
    c02 = multiplyAdd(c02, a, b2)
    c03 = multiplyAdd(c03, a, b3)
    a = v128.load32_splat(A, 4)
    c10 = multiplyAdd(c10, a, b0)
    c11 = multiplyAdd(c11, a, b1)
    c12 = multiplyAdd(c12, a, b2)
    c13 = multiplyAdd(c13, a, b3)
    a = v128.load32_splat(A, 8)
    c20 = multiplyAdd(c20, a, b0)
    c21 = multiplyAdd(c21, a, b1)
    c22 = multiplyAdd(c22, a, b2)
    c23 = multiplyAdd(c23, a, b3)
    a = v128.load32_splat(A, 12)
    c30 = multiplyAdd(c30, a, b0)
    c31 = multiplyAdd(c31, a, b1)
    c32 = multiplyAdd(c32, a, b2)
    c33 = multiplyAdd(c33, a, b3)
    A += 16
    B += 32
    B2 += 32
  }
  finish8(C, c00, c01, add, bias, relu)
  finish8(C + stride, c10, c11, add, bias, relu)
  finish8(C + 2 * stride, c20, c21, add, bias, relu)
  finish8(C + 3 * stride, c30, c31, add, bias, relu)
  C += 32
  if (bias) bias += 32
  finish8(C, c02, c03, add, bias, relu)
  finish8(C + stride, c12, c13, add, bias, relu)
  finish8(C + 2 * stride, c22, c23, add, bias, relu)
  finish8(C + 3 * stride, c32, c33, add, bias, relu)
}

/** A full tile of 4 x 8, in the same shape. */
function fullTile(kb: i32, A: usize, B: usize, C: usize, stride: usize, add: bool, bias: usize, relu: bool): void {
  const zero = f32x4.splat(0)
  let c00 = zero, c10 = zero, c20 = zero, c30 = zero
  let c01 = zero, c11 = zero, c21 = zero, c31 = zero
  const end = B + (kb << 5)
  while (B < end) {
    const b0 = v128.load(B)
    const b1 = v128.load(B, 16)
    let a = v128.load32_splat(A)
    c00 = multiplyAdd(c00, a, b0)
    c01 = multiplyAdd(c01, a, b1)
    a = v128.load32_splat(A, 4)
    c10 = multiplyAdd(c10, a, b0)
    c11 = multiplyAdd(c11, a, b1)
    a = v128.load32_splat(A, 8)
    c20 = multiplyAdd(c20, a, b0)
    c21 = multiplyAdd(c21, a, b1)
    a = v128.load32_splat(A, 12)
    c30 = multiplyAdd(c30, a, b0)
    c31 = multiplyAdd(c31, a, b1)
    A += 16
    B += 32
  }
  finish8(C, c00, c01, add, bias, relu)
  finish8(C + stride, c10, c11, add, bias, relu)
  finish8(C + 2 * stride, c20, c21, add, bias, relu)
  finish8(C + 3 * stride, c30, c31, add, bias, relu)
}

/** One tile: mb x nb of C; `stride` is C's, in bytes. */
function tile(
  kb: i32, A: usize, B: usize, C: usize, stride: usize, mb: i32, nb: i32, add: bool, bias: usize, relu: bool, edge: usize,
): void {
  const zero = f32x4.splat(0)
  let c00 = zero, c10 = zero, c20 = zero, c30 = zero
  let c01 = zero, c11 = zero, c21 = zero, c31 = zero
  const end = B + (kb << 5)
  if (nb > 4) {
    while (B < end) {
      const b0 = v128.load(B)
      const b1 = v128.load(B, 16)
      let a = v128.load32_splat(A)
      c00 = multiplyAdd(c00, a, b0)
      c01 = multiplyAdd(c01, a, b1)
      a = v128.load32_splat(A, 4)
      c10 = multiplyAdd(c10, a, b0)
      c11 = multiplyAdd(c11, a, b1)
      a = v128.load32_splat(A, 8)
      c20 = multiplyAdd(c20, a, b0)
      c21 = multiplyAdd(c21, a, b1)
      a = v128.load32_splat(A, 12)
      c30 = multiplyAdd(c30, a, b0)
      c31 = multiplyAdd(c31, a, b1)
      A += 16
      B += 32
    }
  } else {
    while (B < end) {
      const b0 = v128.load(B)
      c00 = multiplyAdd(c00, v128.load32_splat(A), b0)
      c10 = multiplyAdd(c10, v128.load32_splat(A, 4), b0)
      c20 = multiplyAdd(c20, v128.load32_splat(A, 8), b0)
      c30 = multiplyAdd(c30, v128.load32_splat(A, 12), b0)
      A += 16
      B += 32
    }
  }
  if (nb == 8) {
    finish8(C, c00, c01, add, bias, relu)
    if (mb > 1) finish8(C + stride, c10, c11, add, bias, relu)
    if (mb > 2) finish8(C + 2 * stride, c20, c21, add, bias, relu)
    if (mb > 3) finish8(C + 3 * stride, c30, c31, add, bias, relu)
  } else if (nb == 4) {
    finish4(C, c00, add, bias, relu)
    if (mb > 1) finish4(C + stride, c10, add, bias, relu)
    if (mb > 2) finish4(C + 2 * stride, c20, add, bias, relu)
    if (mb > 3) finish4(C + 3 * stride, c30, add, bias, relu)
  } else {
    v128.store(edge, c00)
    v128.store(edge, c01, 16)
    v128.store(edge, c10, 32)
    v128.store(edge, c11, 48)
    v128.store(edge, c20, 64)
    v128.store(edge, c21, 80)
    v128.store(edge, c30, 96)
    v128.store(edge, c31, 112)
    for (let i = 0; i < mb; i++) {
      for (let j = 0; j < nb; j++) {
        const at = C + i * stride + (j << 2)
        let value = load<f32>(edge + (i << 5) + (j << 2))
        if (add) value += load<f32>(at)
        if (bias) value += load<f32>(bias + (j << 2))
        store<f32>(at, relu && value < 0 ? 0 : value)
      }
    }
  }
}

/** A tile of 8 x 4 over two panels of A, for the last 4 columns. */
function narrowTile(kb: i32, A: usize, B: usize, C: usize, stride: usize, add: bool, bias: usize, relu: bool): void {
  const zero = f32x4.splat(0)
  let c0 = zero, c1 = zero, c2 = zero, c3 = zero
  let c4 = zero, c5 = zero, c6 = zero, c7 = zero
  const end = B + (kb << 5)
  let A2 = A + (kb << 4)
  while (B < end) {
    const b = v128.load(B)
    c0 = multiplyAdd(c0, v128.load32_splat(A), b)
    c1 = multiplyAdd(c1, v128.load32_splat(A, 4), b)
    c2 = multiplyAdd(c2, v128.load32_splat(A, 8), b)
    c3 = multiplyAdd(c3, v128.load32_splat(A, 12), b)
    c4 = multiplyAdd(c4, v128.load32_splat(A2), b)
    c5 = multiplyAdd(c5, v128.load32_splat(A2, 4), b)
    c6 = multiplyAdd(c6, v128.load32_splat(A2, 8), b)
    c7 = multiplyAdd(c7, v128.load32_splat(A2, 12), b)
    A += 16
    A2 += 16
    B += 32
  }
  finish4(C, c0, add, bias, relu)
  finish4(C + stride, c1, add, bias, relu)
  finish4(C + 2 * stride, c2, add, bias, relu)
  finish4(C + 3 * stride, c3, add, bias, relu)
  C += 4 * stride
  finish4(C, c4, add, bias, relu)
  finish4(C + stride, c5, add, bias, relu)
  finish4(C + 2 * stride, c6, add, bias, relu)
  finish4(C + 3 * stride, c7, add, bias, relu)
}

// @ts-ignore: decorator
@inline
function finish8(C: usize, x: v128, y: v128, add: bool, bias: usize, relu: bool): void {
  if (add) {
    x = f32x4.add(x, v128.load(C))
    y = f32x4.add(y, v128.load(C, 16))
  }
  if (bias) {
    x = f32x4.add(x, v128.load(bias))
    y = f32x4.add(y, v128.load(bias, 16))
  }
  if (relu) {
    x = f32x4.pmax(x, f32x4.splat(0))
    y = f32x4.pmax(y, f32x4.splat(0))
  }
  v128.store(C, x)
  v128.store(C, y, 16)
}

// @ts-ignore: decorator
@inline
function finish4(C: usize, x: v128, add: bool, bias: usize, relu: bool): void {
  if (add) x = f32x4.add(x, v128.load(C))
  if (bias) x = f32x4.add(x, v128.load(bias))
  if (relu) x = f32x4.pmax(x, f32x4.splat(0))
  v128.store(C, x)
}
