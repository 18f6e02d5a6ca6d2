import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { fromFile, parseEdgeList } from '#topology/topologies/from-file.ts'

const build = (values: object, n: number) =>
  fromFile.build({ name: 'from-file', ...values }, n, randomStream(1, 'unused'))

test('the edges are taken as given, ordered and sorted', () => {
  expect(
    build(
      {
        edges: [
          [2, 1],
          [1, 0],
        ],
      },
      3,
    ),
  ).toEqual([
    [0, 1],
    [1, 2],
  ])
})

test.for([
  [[[0, 3]], 'from-file: edge [0, 3] is out of range: peers are 0 to 2'],
  [[[1, 1]], 'from-file: edge [1, 1] joins a peer to itself'],
  [
    [
      [0, 1],
      [1, 0],
    ],
    'from-file: edge [1, 0] occurs twice',
  ],
  [[[0, 1]], 'from-file needs a connected graph: no path leads from peer 0 to peer 2, n=3'],
] as const)('%j among three peers is refused', ([edges, message]) => {
  expect(() => build({ edges }, 3)).toThrow(new RangeError(message))
})

test('an unread file is refused, and so is giving neither file nor edges', () => {
  expect(() => build({ file: 'ring.txt' }, 3)).toThrow('from-file has not read ring.txt')
  expect(() => build({}, 3)).toThrow('from-file needs edges: [[0, 1], ...] or file: PATH, got neither')
})

test('an edge list may use spaces, commas or semicolons, comments and empty lines', () => {
  expect(parseEdgeList('\uFEFF# four peers\n\n2 3\r\n1,0 % the first\n\t1 ; 2\n')).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ])
})

test.for([
  ['0 1\n1 x', 'edge list, line 2: needs two peer indices such as "0 1", got "1 x"'],
  ['0 1 2', 'edge list, line 1: a weight is above 0 and at most 1, got 2'],
  ['0 1 0.5 7', 'edge list, line 1: needs two peer indices such as "0 1", got "0 1 0.5 7"'],
  ['0 -1', 'edge list, line 1: needs two peer indices such as "0 1", got "0 -1"'],
  ['0 1.5', 'edge list, line 1: needs two peer indices such as "0 1", got "0 1.5"'],
  ['0 1\n\n4 4', 'edge list, line 3: joins peer 4 to itself'],
  ['0 1\n# again\n1 0', 'edge list, line 3: edge 0 1 is already on line 1'],
  ['# nothing', 'edge list needs at least one edge, got none'],
] as const)('the edge list %j is refused', ([text, message]) => {
  expect(() => parseEdgeList(text)).toThrow(new RangeError(message))
})

test('a list that is written is read back', () => {
  const edge = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 51, max: 99 }))
    .map(([a, b]): [number, number] => [a, b])
  fc.assert(
    fc.property(fc.uniqueArray(edge, { minLength: 1, selector: String }), (edges) => {
      const sorted = [...edges].sort((x, y) => x[0] - y[0] || x[1] - y[1])
      expect(parseEdgeList(edges.map((pair) => pair.join(' ')).join('\n'))).toEqual(sorted)
    }),
  )
})

test('a third number is the mixing weight of the edge, in both directions', () => {
  const edges = parseEdgeList('1 0 0.25\n1, 2, 5e-1')
  expect(edges).toEqual([
    [0, 1, 0.25],
    [1, 2, 0.5],
  ])
  const values = { name: 'from-file', edges }
  const built = fromFile.build(values, 3, randomStream(1, 'unused'))
  expect(fromFile.weigh(values, 3, built)).toEqual([0.25, 0.5])
  expect(fromFile.weigh({ ...values, weights: 'uniform' }, 3, built)).toBe('uniform')
})

test('weights on some edges only are refused, and so is weights: from-file without weights', () => {
  const edges = [
    [0, 1, 0.25],
    [1, 2],
  ] as const
  expect(() => fromFile.weigh({ name: 'from-file', edges }, 3, [edges[0].slice(0, 2) as never, edges[1]])).toThrow(
    'from-file: edge [1, 2] has no weight; give all edges a weight, or none',
  )
  expect(() => fromFile.weigh({ name: 'from-file', edges: [[0, 1]], weights: 'from-file' }, 2, [[0, 1]])).toThrow(
    'from-file has no weights of its own at these parameters',
  )
})
