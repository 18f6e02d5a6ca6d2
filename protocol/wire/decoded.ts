import { decode, encode, rfc8949EncodeOptions } from 'cborg'

/** The result of decoding. A malformed message of a remote peer is a value, never an exception. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: 'too-large' | 'malformed' }

export const malformed = { ok: false, reason: 'malformed' } as const
export const tooLarge = { ok: false, reason: 'too-large' } as const

/** Encodes plain JSON values and byte strings as canonical CBOR (RFC 8949, 4.2.1). Omits undefined properties. */
export function encodeCanonical(value: unknown): Uint8Array {
  return encode(value, { ...rfc8949EncodeOptions, ignoreUndefinedProperties: true })
}

/**
 * Decodes one CBOR item of at most `limit` bytes. Accepts only the encoding that our own encoder writes: refuses other
 * encodings of the same value, repeated keys, tags, indefinite lengths and trailing bytes.
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
    // cborg throws on bad grammar, and deep nesting from a hostile sender may overflow the stack.
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
