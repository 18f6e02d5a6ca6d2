import { runTabMember } from './member.ts'

const invitation = new URLSearchParams(location.hash.slice(1))
const required = (name: string): string => {
  const value = invitation.get(name)
  if (!value) throw new Error(`this link has no ${name}`)
  return value
}
await runTabMember({
  coordinator: required('coordinator'),
  relay: required('relay'),
  token: required('token'),
  workerUrl: new URL('./compute-worker.js', location.href),
  assets: new URL('./tfjs/', location.href).href,
  dataUrl: new URL('./data/', location.href),
  signal: new AbortController().signal,
})
