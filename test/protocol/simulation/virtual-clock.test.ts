import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createVirtualClock } from '#protocol/simulation/virtual-clock.ts'

/** Resolves after some turns of the microtask queue, like work of different length. */
async function workOf<T>(result: T, turns: number): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await undefined
  return result
}

test('events run in order of time, then peer, then the order in which they were scheduled', async () => {
  const clock = createVirtualClock()
  const log: string[] = []
  clock.of(1).schedule(5, () => log.push('5 peer 1 first'))
  clock.of(1).schedule(5, () => log.push('5 peer 1 second'))
  clock.of(0).schedule(5, () => log.push('5 peer 0'))
  clock.of(2).schedule(1, () => log.push('1 peer 2'))
  await clock.run()
  expect(log).toEqual(['1 peer 2', '5 peer 0', '5 peer 1 first', '5 peer 1 second'])
  expect(clock.now()).toBe(5)
})

test('the end of real work comes after everything else of its instant', async () => {
  const clock = createVirtualClock()
  const log: string[] = []
  clock.of(0).settle(workOf('work', 0), 5, (result) => log.push(result))
  clock.of(3).schedule(5, () => log.push('timer'))
  await clock.run()
  expect(log).toEqual(['timer', 'work'])
})

test('work that follows work of the same instant begins at every peer before it ends at any', async () => {
  const clock = createVirtualClock()
  const log: string[] = []
  for (const peer of [0, 1, 2]) {
    const own = clock.of(peer)
    own.settle(workOf('first', 3 - peer), 5, () => {
      log.push(`${peer} begins`)
      own.settle(workOf('second', peer), 0, () => log.push(`${peer} ends`))
    })
  }
  await clock.run()
  expect(log).toEqual(['0 begins', '1 begins', '2 begins', '0 ends', '1 ends', '2 ends'])
})

test('a cancelled action does not run and does not move time', async () => {
  const clock = createVirtualClock()
  const log: string[] = []
  const cancel = clock.of(0).schedule(30_000, () => log.push('deadline'))
  clock.of(0).schedule(5, () => {
    log.push('answer')
    cancel()
  })
  await clock.run()
  expect(log).toEqual(['answer'])
  expect(clock.now()).toBe(5)
})

test('time stands still while real work is pending, and each continuation sees its own time', async () => {
  const clock = createVirtualClock()
  const log: [string, number][] = []
  const peer = clock.of(0)
  peer.settle(workOf('slow', 50), 10, (name) => log.push([name, peer.now()]))
  peer.settle(workOf('fast', 0), 20, (name) => log.push([name, peer.now()]))
  peer.schedule(15, () => log.push(['timer', peer.now()]))
  await clock.run()
  expect(log).toEqual([
    ['slow', 10],
    ['timer', 15],
    ['fast', 20],
  ])
})

test('a delay below zero is now', async () => {
  const clock = createVirtualClock()
  const times: number[] = []
  clock.of(0).schedule(7, () => clock.of(0).schedule(-3, () => times.push(clock.now())))
  await clock.run()
  expect(times).toEqual([7])
})

test('work that fails ends the run with its error, at its turn and not before', async () => {
  const clock = createVirtualClock()
  const log: string[] = []
  clock.of(0).settle(Promise.reject(new RangeError('the worker died')), 10, () => log.push('never'))
  clock.of(0).schedule(5, () => log.push('before'))
  clock.of(0).schedule(15, () => log.push('after'))
  await expect(clock.run()).rejects.toThrow('the worker died')
  expect(log).toEqual(['before'])
})

test('a run ends between two events when `stop` returns true', async () => {
  const clock = createVirtualClock()
  const log: number[] = []
  for (const at of [1, 2, 3]) clock.of(0).schedule(at, () => log.push(at))
  await clock.run(() => log.length === 2)
  expect(log).toEqual([1, 2])
})

test('the order in which workers finish never changes the order of continuations', async () => {
  const job = fc.record({
    peer: fc.nat(4),
    atMs: fc.nat(6),
    real: fc.boolean(),
    turns: fc.tuple(fc.nat(20), fc.nat(20)),
    follows: fc.option(fc.record({ atMs: fc.nat(3), turns: fc.tuple(fc.nat(20), fc.nat(20)) }), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(job, { maxLength: 30 }), async (jobs) => {
      const runWith = async (variant: 0 | 1): Promise<string[]> => {
        const clock = createVirtualClock()
        const log: string[] = []
        jobs.forEach(({ peer, atMs, real, turns, follows }, k) => {
          const own = clock.of(peer)
          const done = (name: number | string): void => {
            log.push(`${name} at ${own.now()}`)
            if (typeof name === 'number' && follows) {
              own.settle(workOf(`after ${name}`, follows.turns[variant]), follows.atMs, done)
            }
          }
          if (real) own.settle(workOf(k, turns[variant]), atMs, done)
          else own.schedule(atMs, () => done(k))
        })
        await clock.run()
        return log
      }
      const first = await runWith(0)
      expect(await runWith(1)).toEqual(first)
      const times = first.map((line) => Number(line.split(' at ')[1]))
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }),
    { numRuns: 60 },
  )
})

test('actions scheduled at any time, inside or before the run, run by time, peer and order of scheduling', async () => {
  const plan = fc.record({
    peer: fc.nat(3),
    atMs: fc.nat(3),
    cancelled: fc.boolean(),
    follows: fc.array(fc.record({ peer: fc.nat(3), afterMs: fc.nat(2) }), { maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { maxLength: 25 }), async (plans) => {
      const clock = createVirtualClock()
      const ran: { readonly atMs: number; readonly peer: number; readonly sequence: number }[] = []
      /** Scheduled actions that neither ran nor were cancelled. */
      const open = new Map<number, { readonly atMs: number; readonly peer: number; readonly sequence: number }>()
      let sequence = 0
      const schedule = (peer: number, afterMs: number, then: () => void): (() => void) => {
        const entry = { atMs: clock.now() + afterMs, peer, sequence: sequence++ }
        open.set(entry.sequence, entry)
        const cancel = clock.of(peer).schedule(afterMs, () => {
          const first = [...open.values()].sort(
            (a, b) => a.atMs - b.atMs || a.peer - b.peer || a.sequence - b.sequence,
          )[0]
          expect(entry).toEqual(first)
          open.delete(entry.sequence)
          ran.push(entry)
          then()
        })
        return () => {
          open.delete(entry.sequence)
          cancel()
        }
      }
      const cancels = plans.map(({ peer, atMs, follows }) =>
        schedule(peer, atMs, () => {
          for (const next of follows) schedule(next.peer, next.afterMs, () => {})
        }),
      )
      plans.forEach(({ cancelled }, k) => {
        if (cancelled) cancels[k]?.()
      })
      await clock.run()
      expect(open.size).toBe(0)
      const kept = plans.filter(({ cancelled }) => !cancelled)
      expect(ran).toHaveLength(kept.reduce((sum, { follows }) => sum + 1 + follows.length, 0))
    }),
  )
})
