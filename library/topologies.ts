import { barabasiAlbert as barabasiAlbertDeclaration } from '#topology/topologies/barabasi-albert.ts'
import { chain as chainDeclaration } from '#topology/topologies/chain.ts'
import { complete as completeDeclaration } from '#topology/topologies/complete.ts'
import { dumbbell as dumbbellDeclaration } from '#topology/topologies/dumbbell.ts'
import { epidemic as epidemicDeclaration } from '#topology/topologies/epidemic.ts'
import { erdosRenyi as erdosRenyiDeclaration } from '#topology/topologies/erdos-renyi.ts'
import { exponential as exponentialDeclaration } from '#topology/topologies/exponential.ts'
import { exponentialCycle as exponentialCycleDeclaration } from '#topology/topologies/exponential-cycle.ts'
import { fromFile as fromFileDeclaration } from '#topology/topologies/from-file.ts'
import { grid as gridDeclaration } from '#topology/topologies/grid.ts'
import { onePeerExponential as onePeerExponentialDeclaration } from '#topology/topologies/one-peer-exponential.ts'
import { randomGeometric as randomGeometricDeclaration } from '#topology/topologies/random-geometric.ts'
import { randomRegular as randomRegularDeclaration } from '#topology/topologies/random-regular.ts'
import { ring as ringDeclaration } from '#topology/topologies/ring.ts'
import { smallWorld as smallWorldDeclaration } from '#topology/topologies/small-world.ts'
import { star as starDeclaration } from '#topology/topologies/star.ts'
import { torus as torusDeclaration } from '#topology/topologies/torus.ts'
import { tree as treeDeclaration } from '#topology/topologies/tree.ts'
import { twoCastle as twoCastleDeclaration } from '#topology/topologies/two-castle.ts'
import { twoCliques as twoCliquesDeclaration } from '#topology/topologies/two-cliques.ts'
import { twoWorlds as twoWorldsDeclaration } from '#topology/topologies/two-worlds.ts'
import { callableTopology } from './callable-topology.ts'

// Every topology, by name; docs/methods.md says what each is and lists its parameters.

export const ring = /* @__PURE__ */ callableTopology(ringDeclaration)
export const chain = /* @__PURE__ */ callableTopology(chainDeclaration)
export const star = /* @__PURE__ */ callableTopology(starDeclaration)
export const tree = /* @__PURE__ */ callableTopology(treeDeclaration)
export const torus = /* @__PURE__ */ callableTopology(torusDeclaration)
export const grid = /* @__PURE__ */ callableTopology(gridDeclaration)
export const complete = /* @__PURE__ */ callableTopology(completeDeclaration)
export const randomRegular = /* @__PURE__ */ callableTopology(randomRegularDeclaration)
export const erdosRenyi = /* @__PURE__ */ callableTopology(erdosRenyiDeclaration)
export const smallWorld = /* @__PURE__ */ callableTopology(smallWorldDeclaration)
export const barabasiAlbert = /* @__PURE__ */ callableTopology(barabasiAlbertDeclaration)
export const randomGeometric = /* @__PURE__ */ callableTopology(randomGeometricDeclaration)
export const twoCliques = /* @__PURE__ */ callableTopology(twoCliquesDeclaration)
export const dumbbell = /* @__PURE__ */ callableTopology(dumbbellDeclaration)
export const twoWorlds = /* @__PURE__ */ callableTopology(twoWorldsDeclaration)
export const twoCastle = /* @__PURE__ */ callableTopology(twoCastleDeclaration)
export const exponential = /* @__PURE__ */ callableTopology(exponentialDeclaration)
export const exponentialCycle = /* @__PURE__ */ callableTopology(exponentialCycleDeclaration)
export const onePeerExponential = /* @__PURE__ */ callableTopology(onePeerExponentialDeclaration)
export const epidemic = /* @__PURE__ */ callableTopology(epidemicDeclaration)
export const fromFile = /* @__PURE__ */ callableTopology(fromFileDeclaration)
