import { networkInterfaces } from 'node:os'

/** The names of the network interfaces besides loopback that have an IPv4 address. WebRTC needs one. */
export function outwardInterfaces(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    addresses?.some(({ internal, family }) => !internal && family === 'IPv4') ? [name] : [],
  )
}
