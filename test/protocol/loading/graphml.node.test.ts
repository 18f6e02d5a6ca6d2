import { expect, test } from 'vitest'
import { parseGraphml } from '#protocol/loading/graphml.ts'

/** A weighted path of three nodes, in the form of NetworkX 3. */
const networkx = `<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
  <key id="d0" for="edge" attr.name="weight" attr.type="double" />
  <graph edgedefault="undirected">
    <node id="0" />
    <node id="2" />
    <node id="1" />
    <edge source="2" target="0"><data key="d0">0.25</data></edge>
    <edge source="1" target="2"><data key="d0">0.5</data></edge>
  </graph>
</graphml>`

/** A graph in the form of igraph: names as attributes, ids n0, n1, ... */
const igraph = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Created by igraph -->
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="v_name" for="node" attr.name="name" attr.type="string"/>
  <key id="v_weight" for="node" attr.name="weight" attr.type="double"/>
  <graph id="G" edgedefault="undirected">
    <node id="n0"><data key="v_name">ann</data><data key="v_weight">7</data></node>
    <node id="n1"><data key="v_name">bob</data></node>
    <edge source="n1" target="n0"></edge>
  </graph>
</graphml>`

test('a file of NetworkX gives its edges and weights, numbered by the ids', () => {
  expect(parseGraphml(networkx)).toEqual([
    [0, 2, 0.25],
    [1, 2, 0.5],
  ])
})

test('a file of igraph gives its edges; the weight of a node is not one of an edge', () => {
  expect(parseGraphml(igraph)).toEqual([[0, 1]])
})

test('nodes without numbers in their ids are numbered in order', () => {
  const named = networkx.replaceAll('"0"', '"zoe"').replaceAll('"1"', '"eve"').replaceAll('"2"', '"ann"')
  expect(parseGraphml(named)).toEqual([
    [0, 1, 0.25],
    [1, 2, 0.5],
  ])
})

test.for([
  ['<html><p>no</p></html>', 'GraphML has no <graph>'],
  [networkx.replace('undirected', 'directed'), 'GraphML edge 2 to 0 is directed; updates travel both ways'],
  [networkx.replace('target="0"', 'target="9"'), 'GraphML edge 2 to 9: no node has the id 9'],
  [networkx.replace('target="0"', 'target="2"'), 'GraphML edge 2 to 2 joins a peer to itself'],
  [networkx.replace('source="1" target="2"', 'source="0" target="2"'), 'GraphML edge 0 to 2 occurs twice'],
  [
    networkx.replace('>0.5<', '>heavy<'),
    'GraphML edge 1 to 2: a mixing weight must be above 0 and at most 1, got heavy',
  ],
  [networkx.replace('<node id="1" />', '<node id="0" />'), 'GraphML has two nodes with id "0"'],
  [networkx.replace(/<edge.*<\/edge>/s, ''), 'GraphML holds no edge'],
  [networkx.replace('</graph>', '</graph><graph></graph>'), 'GraphML holds 2 graphs; one is needed'],
] as const)('what is no graph of ours is told in one line: %#', ([text, message]) => {
  expect(() => parseGraphml(text)).toThrow(RangeError)
  expect(() => parseGraphml(text)).toThrow(message)
})
