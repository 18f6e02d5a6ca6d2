import { barabasiAlbert } from './barabasi-albert.ts'
import { chain } from './chain.ts'
import { complete } from './complete.ts'
import { dumbbell } from './dumbbell.ts'
import { epidemic } from './epidemic.ts'
import { erdosRenyi } from './erdos-renyi.ts'
import { exponential } from './exponential.ts'
import { exponentialCycle } from './exponential-cycle.ts'
import { fromFile } from './from-file.ts'
import { grid } from './grid.ts'
import { onePeerExponential } from './one-peer-exponential.ts'
import { randomGeometric } from './random-geometric.ts'
import { randomRegular } from './random-regular.ts'
import { ring } from './ring.ts'
import { smallWorld } from './small-world.ts'
import { star } from './star.ts'
import { torus } from './torus.ts'
import { tree } from './tree.ts'
import { twoCastle } from './two-castle.ts'
import { twoCliques } from './two-cliques.ts'
import { twoWorlds } from './two-worlds.ts'

/** Every topology, in the order of the tables. Adding one is one file and one line. */
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
