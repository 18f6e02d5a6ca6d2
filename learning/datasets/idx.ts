/** An IDX array of unsigned bytes. */
export interface IdxArray {
  readonly dimensions: readonly number[]
  /** A view into the parsed bytes. */
  readonly values: Uint8Array
}

/**
 * Parses gunzipped IDX bytes of type uint8, strictly: magic number 0, 0, 8, number of dimensions; then each
 * dimension as a big-endian uint32; then exactly that many bytes. Throws RangeError, with `name` in the message.
 *
 * LeCun, Cortes, Burges: the MNIST database, http://yann.lecun.com/exdb/mnist, "the IDX file format".
 */
export function parseIdx(bytes: Uint8Array, name: string, dimensions: number): IdxArray {
  const header = 4 + 4 * dimensions
  if (bytes.length < header) {
    throw new RangeError(`${name} is truncated: it has ${bytes.length} bytes, fewer than its header of ${header}`)
  }
  const magic = [bytes[0], bytes[1], bytes[2], bytes[3]]
  if (magic[0] !== 0 || magic[1] !== 0 || magic[2] !== 8 || magic[3] !== dimensions) {
    throw new RangeError(
      `${name} is not an IDX file of unsigned bytes in ${dimensions} dimensions: it starts ${magic.join(' ')}, not 0 0 8 ${dimensions}`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
  const count = sizes.reduce((product, size) => product * size, 1)
  if (bytes.length !== header + count) {
    throw new RangeError(
      `${name} declares ${sizes.join(' x ')}, which needs ${header + count} bytes, but has ${bytes.length}`,
    )
  }
  return { dimensions: sizes, values: bytes.subarray(header) }
}
