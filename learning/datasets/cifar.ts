/** Images and labels of one file; images are count x height x width x channels. */
export interface CifarRecords {
  readonly images: Uint8Array
  readonly labels: Uint8Array
}

/**
 * Parses gunzipped records of CIFAR-10's binary version, strictly. A record is one label byte, then the pixels: one
 * plane for each channel, row by row. The result interleaves the planes to height x width x channels, the layout of all
 * engines. Throws RangeError, with `name` in the message. The result is fresh; O(bytes).
 *
 * Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 */
export function parseCifar(
  bytes: Uint8Array,
  name: string,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
): CifarRecords {
  const plane = height * width
  const size = plane * channels
  if (bytes.length === 0 || bytes.length % (1 + size) !== 0) {
    throw new RangeError(`${name} has ${bytes.length} bytes, expected a positive multiple of ${1 + size} (one record)`)
  }
  const count = bytes.length / (1 + size)
  const images = new Uint8Array(count * size)
  const labels = new Uint8Array(count)
  for (let record = 0; record < count; record++) {
    const from = record * (1 + size)
    labels[record] = bytes[from] as number
    for (let channel = 0; channel < channels; channel++) {
      const start = from + 1 + channel * plane
      let to = record * size + channel
      for (let pixel = 0; pixel < plane; pixel++, to += channels) images[to] = bytes[start + pixel] as number
    }
  }
  return { images, labels }
}
