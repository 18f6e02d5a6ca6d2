import { decode, encode, rfc8949EncodeOptions } from 'cborg'

/** What decoding gives: what a remote sends is data, so a malformed message is a value and never an exception. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: 'too-large' | 'malformed' }

export const malformed = { ok: false, reason: 'malformed' } as const
export const tooLarge = { ok: false, reason: 'too-large' } as const

/**
 * Canonical CBOR (RFC 8949, 4.2.1) of plain JSON values and byte strings. Properties that are undefined are left out.
 */
export function encodeCanonical(value: unknown): Uint8Array {
  return encode(value, { ...rfc8949EncodeOptions, ignoreUndefinedProperties: true })
}

/**
 * Decodes one CBOR item of at most `limit` bytes. Refuses whatever our own encoder would not have written: other
 * encodings of the same value, repeated keys, tags, indefinite lengths, bytes left over.
 */
export function decodeCanonical(bytes: Uint8Array, limit: number): Decoded<unknown> {
  if (bytes.byteLength > limit) return tooLarge
  try {
    const value: unknown = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    })
    return equalBytes(encode(value, rfc8949EncodeOptions), bytes) ? { ok: true, value } : malformed
  } catch {
    // cborg throws on bad grammar, and the stack may overflow on nesting that only a hostile sender produces.
    return malformed
  }
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false
  return true
}

/** Byte string of exactly `length` bytes. */
export function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.byteLength === length
}

/** Unsigned integer of at most 32 bits. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff
}
