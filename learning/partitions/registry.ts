import { dirichlet } from './dirichlet.ts'
import { extreme } from './extreme.ts'
import { gammaSimilarity } from './gamma-similarity.ts'
import { iid } from './iid.ts'
import { quantitySkew } from './quantity-skew.ts'
import { shards } from './shards.ts'

/** Every partition, in the order of the tables. */
export const partitions = [iid, dirichlet, shards, gammaSimilarity, extreme, quantitySkew] as const
