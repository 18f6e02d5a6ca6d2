// Compares our rules with the same rules in torch and numpy, on one thread each: the minimum of interleaved rounds.
// npx tsx --conditions=hearsay-source test/benchmark/aggregation.ts [--json] [--rounds n] [--copied] [--small]
// With --copied our vectors are ordinary arrays, which the kernels copy, as in tabs. --small omits the large size.
// Requires /usr/bin/python3, or PYTHON=PATH, with torch and numpy (Debian: apt-get install python3-torch).
import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { aggregationSubjects, benchInput, readOnce, repeats, type Shape, shapes } from '#harness/bench/aggregation.ts'

const argv = process.argv.slice(2)
const rounds = argv.includes('--rounds') ? Number(argv[argv.indexOf('--rounds') + 1]) : 5
const script = fileURLToPath(new URL('torch/aggregation.py', import.meta.url))
const python = spawn(process.env.PYTHON ?? '/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = createInterface(python.stdout)[Symbol.asyncIterator]()

async function ask(request: object): Promise<{ ms: number; methods: string[]; torch: string; numpy: string }> {
  python.stdin.write(`${JSON.stringify(request)}\n`)
  const { value, done } = await answers.next()
  if (done) throw new Error('the Python process ended; it needs torch and numpy')
  return JSON.parse(value)
}

/** Minimum milliseconds of every method, by name. Names of torch and numpy methods begin with the library. */
async function compare(shape: Shape) {
  const { methods, torch, numpy } = await ask(shape)
  const input = benchInput(shape, !argv.includes('--copied'))
  const compared = new Set(methods.map((method) => method.replace(/^\w+ /, '').replace(', by sort', '')))
  const ours = aggregationSubjects(shape, input).filter(({ name }) => compared.has(name))
  const least = new Map<string, number>()
  const keep = (name: string, ms: number): void => {
    least.set(name, Math.min(ms, least.get(name) ?? Number.POSITIVE_INFINITY))
  }
  const timed = (name: string, run: () => unknown): void => {
    const start = performance.now()
    run()
    keep(name, performance.now() - start)
  }
  for (let round = 0; round < rounds * repeats(shape); round++) {
    timed('read', () => readOnce(input.vectors))
    for (const { name, run } of ours) {
      if (run) timed(name, run)
      for (const method of methods)
        if (method.replace(/^\w+ /, '').replace(', by sort', '') === name) keep(method, (await ask({ run: method })).ms)
    }
  }
  return { shape, torch, numpy, names: ours.map(({ name }) => name), least }
}

const results = []
for (const shape of argv.includes('--small') ? shapes.slice(0, 1) : shapes) results.push(await compare(shape))
python.stdin.end()

if (argv.includes('--json')) {
  const plain = results.map(({ least, names: _, ...rest }) => ({ ...rest, ms: Object.fromEntries(least) }))
  console.log(JSON.stringify({ processor: cpus()[0]?.model, node: process.version, results: plain }, null, 2))
} else {
  for (const { shape, torch, numpy, names, least } of results) {
    const ms = (name: string) => least.get(name)?.toFixed(2) ?? '-'
    const ratio = (theirs: string, name: string) =>
      least.has(theirs) ? `${((least.get(theirs) as number) / (least.get(name) as number)).toFixed(2)}x` : '-'
    console.log(`\nn=${shape.n}, d=${shape.d}, f=${shape.f}; read ${ms('read')} ms; torch ${torch}, numpy ${numpy}`)
    console.log(
      '| rule | ours, ms | torch, ms | numpy, ms | numpy by sort, ms | torch / ours | numpy / ours | by sort |',
    )
    console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
    for (const name of names) {
      const [t, p, s] = [`torch ${name}`, `numpy ${name}`, `numpy ${name}, by sort`]
      const times = [name, t, p, s].map(ms)
      console.log(`| ${[name, ...times, ratio(t, name), ratio(p, name), ratio(s, name)].join(' | ')} |`)
    }
  }
}
