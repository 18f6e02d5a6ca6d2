import * as z from 'zod'
import { datasets } from './registry.ts'

export type DatasetName = (typeof datasets)[number]['name']

type Names<T extends readonly { readonly name: string }[]> = { [K in keyof T]: T[K]['name'] }

/** The user's own folder, instead of a name. */
const ownFolder = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe(
      "Your own folder, relative to this file. It holds IDX files with MNIST's names or CIFAR-10's binary batches (32x32x3), gzipped or not; they determine classes and shape",
    ),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
    .optional()
    .describe(
      'SHA-256 of the data in the folder; it is part of the identity of a run. Default: computed from the folder. A folder with another SHA-256 is refused',
    ),
})

/** The data set of an experiment: a name of the registry, or a folder. */
export const datasetChoice = z.union([
  z.enum(datasets.map(({ name }) => name) as unknown as Names<typeof datasets>),
  ownFolder,
])
export type DatasetChoice = z.output<typeof datasetChoice>

/** The name of a data set in reports and on pages; for a folder the last part of its path. */
export function datasetLabel(choice: DatasetChoice): string {
  return typeof choice === 'string' ? choice : `folder ${lastPart(choice.folder)}`
}

/** The choice for peers on other machines: keeps only the last part of a folder's path. */
export function withoutPath(choice: DatasetChoice): DatasetChoice {
  return typeof choice === 'string' ? choice : { ...choice, folder: lastPart(choice.folder) }
}

function lastPart(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? 'data'
}
