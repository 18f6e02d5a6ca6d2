import { barabasiAlbert } from './topologies/barabasi-albert.ts'
import { chain } from './topologies/chain.ts'
import { complete } from './topologies/complete.ts'
import { dumbbell } from './topologies/dumbbell.ts'
import { epidemic } from './topologies/epidemic.ts'
import { erdosRenyi } from './topologies/erdos-renyi.ts'
import { exponential } from './topologies/exponential.ts'
import { exponentialCycle } from './topologies/exponential-cycle.ts'
import { fromFile } from './topologies/from-file.ts'
import { grid } from './topologies/grid.ts'
import { onePeerExponential } from './topologies/one-peer-exponential.ts'
import { randomGeometric } from './topologies/random-geometric.ts'
import { randomRegular } from './topologies/random-regular.ts'
import { ring } from './topologies/ring.ts'
import { smallWorld } from './topologies/small-world.ts'
import { star } from './topologies/star.ts'
import { torus } from './topologies/torus.ts'
import { tree } from './topologies/tree.ts'
import { twoCastle } from './topologies/two-castle.ts'
import { twoCliques } from './topologies/two-cliques.ts'
import { twoWorlds } from './topologies/two-worlds.ts'

/**
 * Every topology, in the order of the tables. To add one, add its file, its import and its entry here
 * (docs/extending.md).
 */
export const topologies = [
  ring,
  chain,
  star,
  tree,
  torus,
  grid,
  complete,
  randomRegular,
  erdosRenyi,
  smallWorld,
  barabasiAlbert,
  randomGeometric,
  twoCliques,
  dumbbell,
  twoWorlds,
  twoCastle,
  exponential,
  exponentialCycle,
  onePeerExponential,
  epidemic,
  fromFile,
] as const
