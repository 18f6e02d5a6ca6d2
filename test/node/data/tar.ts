/** A ustar archive of these files, behind a folder entry. */
export function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Uint8Array[] = [header('folder/', 0, '5')]
  for (const [name, content] of Object.entries(files)) {
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512)
    padded.set(content)
    blocks.push(header(name, content.length, '0'), padded)
  }
  return Buffer.concat([...blocks, new Uint8Array(1024)])
}

function header(name: string, size: number, type: string): Uint8Array {
  const bytes = Buffer.alloc(512)
  bytes.write(name, 0)
  bytes.write('0000644\0', 100)
  bytes.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  bytes.write('        ', 148)
  bytes.write(type, 156)
  bytes.write('ustar\x0000', 257)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}
