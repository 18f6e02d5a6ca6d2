// Time of a product with each register tile, minimum of interleaved repeats in one run, for the shapes of the mlp's
// first layer. npx tsx --conditions=hearsay-source test/benchmark/tiles.ts
import { chooseKernels, instantiateKernels } from '#learning/engines/kernels/kernels.ts'
import { pairing } from '#node/compute/pairing.ts'

const repeats = 400
const tile = chooseKernels(pairing)
process.stdout.write(`node ${process.versions.node}, V8 ${process.versions.v8}: the race took ${tile}\n`)
for (const m of [32, 64, 128]) {
  const [n, k] = [100, 784]
  const [a, b] = [1024, 1024 + 4 * m * k]
  const c = b + 4 * k * n
  const scratch = (c + 4 * m * n + 15) & ~15
  const memory = new WebAssembly.Memory({ initial: 1 })
  const kernels = instantiateKernels(memory)
  memory.grow(Math.ceil((scratch + kernels.gemmScratch(n)) / 65_536))
  const inputs = new Float32Array(memory.buffer, a, m * k + k * n)
  for (let i = 0; i < inputs.length; i++) inputs[i] = Math.sin(i)
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const wide of [0, 1]) {
      kernels.pairTiles(wide === 1)
      const from = performance.now()
      kernels.gemm(m, n, k, a, k, false, b, n, false, c, n, false, 0, false, scratch)
      best[wide] = Math.min(best[wide] as number, performance.now() - from)
    }
  }
  const [narrow = 0, wide = 0] = best
  process.stdout.write(
    `${m} x ${k} times ${k} x ${n}: 4 x 8 ${narrow.toFixed(3)} ms, 4 x 16 ${wide.toFixed(3)} ms, ratio ${(wide / narrow).toFixed(2)}\n`,
  )
}
