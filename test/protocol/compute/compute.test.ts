import { expect, test } from 'vitest'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { TensorEngine } from '#learning/engines/tfjs-engine.ts'
import type { ComputeConfig, ComputeReply, ComputeRequest } from '#protocol/compute/calls.ts'
import { createCompute } from '#protocol/compute/compute.ts'
import {
  ComputeCrashedError,
  ComputeError,
  type ComputePort,
  createComputeClient,
} from '#protocol/compute/compute-client.ts'

const part: LabelledImages = { count: 1, shape: [1, 1, 1], images: Uint8Array.of(1), labels: Uint8Array.of(0) }
const dataset: Dataset = {
  name: 'one',
  classes: 2,
  normalisation: { mean: 0, deviation: 1 },
  train: part,
  test: part,
}
const setup: ComputeConfig = {
  model: 'softmax-regression',
  dataset,
  engine: 'auto',
  aggregation: { name: 'average', before: [] },
}

/** The dispatcher's reply to one request. */
async function answerOf(compute: ReturnType<typeof createCompute>, request: ComputeRequest) {
  const { replies, transfer } = await compute.handle([request])
  return { reply: replies[0] as ComputeReply, transfer }
}

function outputIn(reply: ComputeReply): Float32Array {
  if (reply.outcome !== 'done' || typeof reply.result === 'number' || !('output' in reply.result))
    throw new Error('no output')
  return reply.result.output
}

/** An engine with a name but no operations: aggregation needs none. */
const idle = { tf: { getBackend: () => 'cpu' }, report: { engine: 'tfjs-cpu', hardware: false } } as TensorEngine
const input = {
  vectors: [Float32Array.of(1, 2), Float32Array.of(3, 6)],
  own: 0,
  weights: [0.5, 0.5],
  round: 0,
  rounds: 1,
}

test('the dispatcher aggregates by the configured rule and hands the output over', async () => {
  const compute = createCompute(async () => idle)
  await answerOf(compute, { id: 0, verb: 'setup', args: [setup] })
  const { reply, transfer } = await answerOf(compute, { id: 1, verb: 'aggregate', args: [input, 2] })
  const output = outputIn(reply)
  expect([...output]).toEqual([2, 4])
  expect(transfer).toEqual([output.buffer])
})

test('the size of the neighbourhood decides f, not the number of vectors', async () => {
  const compute = createCompute(async () => idle)
  const aggregation = { name: 'trimmed-mean', f: { share: 0.25 }, before: [] }
  await answerOf(compute, { id: 0, verb: 'setup', args: [{ ...setup, aggregation }] })
  const three = {
    ...input,
    vectors: [1, 2, 6].map((value) => Float32Array.of(value)),
    weights: [1 / 3, 1 / 3, 1 / 3],
  }
  const outputOf = async (neighbourhood: number) => {
    const { reply } = await answerOf(compute, { id: 1, verb: 'aggregate', args: [three, neighbourhood] })
    return [...outputIn(reply)]
  }
  // A quarter of 4 is one Byzantine peer to trim, of 3 none.
  expect(await outputOf(4)).toEqual([2])
  expect(await outputOf(3)).toEqual([3])
})

test('a rule that draws random numbers draws those of its seed, peer and round', async () => {
  const compute = createCompute(async () => idle)
  const aggregation = { name: 'average', before: [{ name: 'bucketing', size: 1 }] }
  await answerOf(compute, { id: 0, verb: 'setup', args: [{ ...setup, aggregation }] })
  const weighted = { ...input, weights: [0.25, 0.75] }
  const answer = async (draw?: { seed: number; peer: number; round: number }) => {
    const asked = draw ? { ...weighted, draw } : weighted
    return (await answerOf(compute, { id: 1, verb: 'aggregate', args: [asked, 2] })).reply
  }
  expect(await answer({ seed: 1, peer: 0, round: 3 })).toEqual(await answer({ seed: 1, peer: 0, round: 3 }))
  expect(await answer()).toMatchObject({
    outcome: 'failed',
    error: { message: 'bucketing draws at random and needs a stream of numbers' },
  })
})

test('a neighbourhood that is too small for the rule gives a failed reply', async () => {
  const compute = createCompute(async () => idle)
  const aggregation = { name: 'trimmed-mean', f: 1, before: [] }
  await answerOf(compute, { id: 0, verb: 'setup', args: [{ ...setup, aggregation }] })
  const { reply } = await answerOf(compute, { id: 1, verb: 'aggregate', args: [input, 2] })
  expect(reply).toMatchObject({ outcome: 'failed', error: { name: 'RangeError' } })
})

test('a call before the setup gives a failed reply, and the dispatcher goes on', async () => {
  const compute = createCompute(async () => idle)
  const { reply } = await answerOf(compute, {
    id: 5,
    verb: 'gradient',
    args: [new Float32Array(4), Uint32Array.of(0)],
  })
  expect(reply).toMatchObject({
    id: 5,
    outcome: 'failed',
    error: { message: expect.stringContaining('needs its setup before gradient') },
  })
  expect((await answerOf(compute, { id: 6, verb: 'setup', args: [setup] })).reply.outcome).toBe('done')
})

type Result = Extract<ComputeReply, { outcome: 'done' }>['result']

/** A worker that answers its messages in their order, when told to. */
function manualPort() {
  const requests: ComputeRequest[] = []
  const messages: (readonly ComputeRequest[])[] = []
  const events = { reply: (_: readonly ComputeReply[]) => {}, crashed: (_: Error) => {} }
  let terminated = 0
  let answered = 0
  const port: ComputePort = {
    post: (posted) => {
      requests.push(...posted)
      const [first] = posted
      if (first?.verb !== 'setup') messages.push(posted)
      else events.reply([{ id: first.id, outcome: 'done', result: { engine: 'tfjs-cpu', hardware: false } }])
    },
    listen: (listeners) => Object.assign(events, listeners),
    terminate: async () => {
      terminated += 1
    },
  }
  /** Answers the next message, with a loss for each of its calls. */
  const answer = (...losses: number[]) => {
    const posted = messages[answered++] as readonly ComputeRequest[]
    events.reply(
      posted.map(({ id }, k) => ({ id, outcome: 'done', result: { loss: losses[k] as number, accuracy: 1 } })),
    )
  }
  return { port, requests, messages, events, answer, terminated: () => terminated }
}

const evaluations = (requests: readonly ComputeRequest[]) => requests.filter(({ verb }) => verb === 'evaluate').length

test('each worker has two calls at a time; the one with the fewest takes the next', async () => {
  const [a, b] = [manualPort(), manualPort()]
  const client = await createComputeClient([a.port, b.port], setup)
  const x = new Float32Array(2)
  const results = [1, 2, 3, 4, 5].map(() => client.evaluate(x))
  expect([evaluations(a.requests), evaluations(b.requests)]).toEqual([2, 2])
  b.answer(22)
  expect([evaluations(a.requests), evaluations(b.requests)]).toEqual([2, 3])
  a.answer(11)
  a.answer(33)
  b.answer(44)
  b.answer(55)
  expect((await Promise.all(results)).map(({ loss }) => loss)).toEqual([11, 22, 33, 44, 55])
})

test('a joint evaluation is split while a worker is idle, and whole otherwise', async () => {
  const [a, b] = [manualPort(), manualPort()]
  const client = await createComputeClient([a.port, b.port], setup)
  const x = new Float32Array(2)
  const parts = client.evaluateTogether(x)
  const whole = client.evaluateTogether(x)
  const answerWith = ({ events, messages }: typeof a, at: number, result: (part: number) => Result) =>
    events.reply(
      (messages[at] as readonly ComputeRequest[]).map((request) => ({
        id: request.id,
        outcome: 'done',
        result: result(request.verb === 'evaluatePart' ? request.args[1] : -1),
      })),
    )
  for (const at of [0, 1])
    for (const port of [b, a]) answerWith(port, at, (part) => ({ losses: [part, 0.5], correct: part, count: 5 }))
  expect(await parts).toEqual({ loss: (0 + 0.5 + 1 + 0.5 + 2 + 0.5 + 3 + 0.5) / 20, accuracy: 6 / 20 })
  const left = [a, b].find(({ messages }) => messages.length === 3) as typeof a
  answerWith(left, 2, (part) => ({ loss: part, accuracy: 1 }))
  expect(await whole).toEqual({ loss: -1, accuracy: 1 })
})

test('an engine that evaluates everything at once does so in one part', async () => {
  const [a, b] = [manualPort(), manualPort()]
  const client = await createComputeClient([a.port, b.port], setup)
  const result = client.evaluateTogether(new Float32Array(2))
  for (const { events, messages } of [a, b])
    for (const [request] of messages)
      events.reply([
        {
          id: request?.id ?? -1,
          outcome: 'done',
          result:
            request?.verb === 'evaluatePart' && request.args[1] === 0 ? { whole: { loss: 3, accuracy: 0.5 } } : {},
        },
      ])
  expect(await result).toEqual({ loss: 3, accuracy: 0.5 })
})

test('a message takes several waiting calls, and fewer as fewer are left', async () => {
  const [a, b] = [manualPort(), manualPort()]
  const client = await createComputeClient([a.port, b.port], setup)
  const x = new Float32Array(2)
  const losses = Array.from({ length: 20 }, (_, k) => k)
  const results = losses.map(() => client.evaluate(x))
  const sizes = () => [a, b].map(({ messages }) => messages.map(({ length }) => length))
  a.answer(0)
  b.answer(1)
  expect(sizes()).toEqual([
    [1, 1, 4],
    [1, 1, 3],
  ])
  a.answer(2)
  b.answer(3)
  a.answer(4, 5, 6, 7)
  b.answer(8, 9, 10)
  a.answer(11, 12, 13)
  b.answer(14, 15)
  a.answer(16)
  b.answer(17)
  a.answer(18)
  b.answer(19)
  expect(sizes()).toEqual([
    [1, 1, 4, 3, 1, 1],
    [1, 1, 3, 2, 1, 1],
  ])
  expect((await Promise.all(results)).map(({ loss }) => loss)).toEqual(losses)
})

test('a call that cannot be cloned fails alone, not the others of its message', async () => {
  const a = manualPort()
  const { post } = a.port
  a.port.post = (requests) => {
    if (requests.some((request) => request.verb === 'evaluate' && request.args[0].length === 3))
      throw new Error('cannot be cloned')
    post(requests)
  }
  const client = await createComputeClient([a.port], setup)
  const outcomes = Promise.allSettled([2, 2, 2, 3, 2].map((length) => client.evaluate(new Float32Array(length))))
  for (let loss = 0; loss < 4; loss++) a.answer(loss)
  const kinds = (await outcomes).map(({ status }) => status)
  expect(kinds).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('a crash rejects every call in flight, waiting or later, and ends the other workers', async () => {
  const [a, b] = [manualPort(), manualPort()]
  const client = await createComputeClient([a.port, b.port], setup)
  const calls = [1, 2, 3].map(() => client.evaluate(new Float32Array(2)))
  const outcomes = Promise.allSettled(calls)
  a.events.crashed(new Error('it exited with code 9'))
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'compute-crashed' } })
  }
  await expect(client.evaluate(new Float32Array(2))).rejects.toThrow('it exited with code 9')
  expect(b.terminated()).toBeGreaterThan(0)
})

test('closing rejects calls in flight', async () => {
  const a = manualPort()
  const client = await createComputeClient([a.port], setup)
  const call = expect(client.evaluate(new Float32Array(2))).rejects.toBeInstanceOf(ComputeCrashedError)
  await client.close()
  await call
  expect(a.terminated()).toBe(1)
})

test('errors keep their kind on the way: RangeError, or ComputeError with the code', async () => {
  const a = manualPort()
  const client = await createComputeClient([a.port], setup)
  const fail = (name: string) => {
    const call = client.evaluate(new Float32Array(2))
    const { id } = a.requests.at(-1) as ComputeRequest
    a.events.reply([{ id, outcome: 'failed', error: { name, message: 'bad', code: 'some-code' } }])
    return call
  }
  await expect(fail('RangeError')).rejects.toBeInstanceOf(RangeError)
  await expect(fail('TypeError')).rejects.toBeInstanceOf(ComputeError)
  await expect(fail('TypeError')).rejects.toMatchObject({ code: 'some-code', message: 'bad' })
})

test('a view is sent without the rest of its buffer', async () => {
  const a = manualPort()
  const client = await createComputeClient([a.port], setup)
  const large = Float32Array.of(1, 2, 3, 4)
  const call = client.evaluate(large.subarray(1, 3))
  const request = a.requests.at(-1)
  if (request?.verb !== 'evaluate') throw new Error('no evaluation')
  const [parameters] = request.args
  expect([...parameters]).toEqual([2, 3])
  expect(parameters.buffer.byteLength).toBe(8)
  a.answer(0)
  await call
})

test('a worker that cannot be set up rejects the client and ends the others', async () => {
  const a = manualPort()
  const broken: ComputePort = {
    post: () => {
      throw new Error('cannot be cloned')
    },
    listen: () => {},
    terminate: async () => {},
  }
  await expect(createComputeClient([a.port, broken], setup)).rejects.toThrow('cannot be cloned')
  expect(a.terminated()).toBeGreaterThan(0)
  await expect(createComputeClient([], setup)).rejects.toThrow(/at least one worker/)
})
