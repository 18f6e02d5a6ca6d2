import type { PeerIndex } from '#topology/graph.ts'

/**
 * Who may take which seat. Launched peers have a token each; volunteers share one and sit down as they come, on the
 * seats that are not reserved for peers that the host launches.
 */
export type Seating =
  | { readonly kind: 'launched'; readonly seatOf: ReadonlyMap<string, number> }
  | { readonly kind: 'open'; readonly token: string; readonly reserved?: ReadonlyMap<string, number> }

/** The seat that a token admits to; the first free one for a volunteer. `unknown-token`: none ever; `no-seat`: none is free. */
export function seatFor(
  seating: Seating,
  token: string,
  n: number,
  taken: (seat: PeerIndex) => boolean,
): PeerIndex | 'unknown-token' | 'no-seat' {
  const free = (seat: PeerIndex): PeerIndex | 'no-seat' => (taken(seat) ? 'no-seat' : seat)
  if (seating.kind === 'launched') {
    const seat = seating.seatOf.get(token)
    return seat === undefined ? 'unknown-token' : free(seat)
  }
  const own = seating.reserved?.get(token)
  if (own !== undefined) return free(own)
  if (token !== seating.token) return 'unknown-token'
  for (let seat = 0; seat < n; seat++) if (!taken(seat) && isGuest(seating, seat)) return seat
  return 'no-seat'
}

/** Whether a seat is a volunteer's. */
export function isGuest(seating: Seating, seat: PeerIndex): boolean {
  return seating.kind === 'open' && ![...(seating.reserved?.values() ?? [])].includes(seat)
}
