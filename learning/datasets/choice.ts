import { z } from 'zod'
import { datasets } from './registry.ts'

export type DatasetName = (typeof datasets)[number]['name']

type Names<T extends readonly { readonly name: string }[]> = { [K in keyof T]: T[K]['name'] }

/** A folder of the user's own in place of a name. */
const ownFolder = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe(
      "Folder of the user's own, relative to this file: IDX files with MNIST's names, or CIFAR-10's binary batches (32x32x3), gzipped or not; classes and shape follow from them",
    ),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
    .optional()
    .describe(
      'SHA-256 of what the folder holds, which is what counts for the identity of a run; filled in when left out, other data is refused',
    ),
})

/** The data set of an experiment: one that is known by name, or a folder. */
export const datasetChoice = z.union([
  z.enum(datasets.map(({ name }) => name) as unknown as Names<typeof datasets>),
  ownFolder,
])
export type DatasetChoice = z.output<typeof datasetChoice>

/** What a data set is called in reports and on pages; of a folder its last part. */
export function datasetLabel(choice: DatasetChoice): string {
  return typeof choice === 'string' ? choice : `folder ${lastPart(choice.folder)}`
}

/** The choice as peers on other machines may know it: of a path its last part alone. */
export function withoutPath(choice: DatasetChoice): DatasetChoice {
  return typeof choice === 'string' ? choice : { ...choice, folder: lastPart(choice.folder) }
}

function lastPart(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? 'data'
}
