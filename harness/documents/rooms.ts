import { posix } from 'node:path'

/** A folder with one subject, or a loose file that is an entry point, a contract or a registry. */
export interface Room {
  /** Path from the root of the repository. */
  readonly room: string
  readonly subject: string
}

/** An import of another file of ours. */
interface Arrow {
  readonly from: string
  readonly line: number
  readonly to: string
}

/** Top-level folders that run on one platform only; they never import each other's platform. */
const platforms: Readonly<Record<string, 'node' | 'browser'>> = { node: 'node', harness: 'node', browser: 'browser' }

/** Reads TypeScript sources, by path from the root. */
export function arrowsOf(sources: ReadonlyMap<string, string>): Arrow[] {
  return [...sources].flatMap(([from, text]) =>
    [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([.#][^'\n]*)'/g)].map((match) => {
      const written = match[1] as string
      const to = written.startsWith('#') ? written.slice(1) : posix.join(posix.dirname(from), written)
      return { from, line: text.slice(0, match.index).split('\n').length, to }
    }),
  )
}

/** The room of a file: the loose file itself, else the deepest room that holds it. */
function roomOf(file: string, rooms: readonly Room[]): number {
  let best = -1
  rooms.forEach(({ room }, i) => {
    const holds = file === room || file.startsWith(`${room}/`)
    if (holds && room.length > (rooms[best]?.room.length ?? 0)) best = i
  })
  return best
}

/**
 * What is wrong with the arrows between rooms, one line each: a file without a room, an import of a room that comes
 * later in the list, and an import across platforms. Rooms are listed bottom to top.
 */
export function violations(sources: ReadonlyMap<string, string>, rooms: readonly Room[]): string[] {
  const homeless = [...sources.keys()]
    .filter((file) => roomOf(file, rooms) < 0)
    .map((file) => `${file}: is in no room of docs/rooms.json; move it, or list its folder with its subject`)
  const wrong = arrowsOf(sources).flatMap(({ from, line, to }): string[] => {
    const [here, there] = [roomOf(from, rooms), roomOf(to, rooms)]
    if (here < 0) return []
    const where = `${from}:${line}: imports ${to}`
    if (there < 0) return [`${where}, which is in no room of docs/rooms.json`]
    const [ours, theirs] = [platformOf(from), platformOf(to)]
    if (ours && theirs && ours !== theirs)
      return [`${where}: what runs in ${ours} never imports what runs in ${theirs}`]
    if (theirs && !ours) return [`${where}: ${topOf(from)} runs on every platform, ${topOf(to)} in ${theirs} only`]
    if (there <= here) return []
    const [upper, lower] = [rooms[there]?.room, rooms[here]?.room]
    return [`${where}: ${upper} stands above ${lower} in docs/rooms.json, and imports go downwards only`]
  })
  return [...homeless, ...wrong]
}

function topOf(file: string): string {
  return file.split('/')[0] ?? file
}

function platformOf(file: string): 'node' | 'browser' | undefined {
  return platforms[topOf(file)]
}

/** The top-level folders and the arrows between them, as a Mermaid flowchart; an arrow that others imply is left out. */
export function picture(sources: ReadonlyMap<string, string>): string {
  const below = new Map<string, Set<string>>()
  for (const { from, to } of arrowsOf(sources)) {
    const [a, b] = [topOf(from), topOf(to)]
    below.set(a, (below.get(a) ?? new Set()).add(b))
    if (a === b) below.get(a)?.delete(b)
  }
  const reaches = (from: string, to: string): boolean =>
    [...(below.get(from) ?? [])].some((next) => next === to || reaches(next, to))
  const lines = [...below].flatMap(([from, tos]) =>
    [...tos]
      .filter((to) => ![...tos].some((other) => other !== to && reaches(other, to)))
      .map((to) => `  ${from} --> ${to}`),
  )
  return ['```mermaid', 'flowchart TD', ...lines.sort(), '```'].join('\n')
}

/** The rooms as a list, top to bottom, each with its subject. */
export function roomList(rooms: readonly Room[]): string {
  const tops = [...new Set(rooms.map(({ room }) => topOf(room)))].reverse()
  return tops
    .map((top) => {
      const inside = rooms.filter(({ room }) => topOf(room) === top).reverse()
      const lines = inside.map(({ room, subject }) => `  - \`${room.slice(top.length + 1)}\`: ${subject}`)
      return [`- **${top}/**`, ...lines].join('\n')
    })
    .join('\n')
}
