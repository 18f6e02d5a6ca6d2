/**
 * Gathers the `views` (u32, `learning/training/augmentation.ts`) of `rows` images of height x width x channels:
 * shifted, black beyond the edges, some mirrored. `table` maps bytes to numbers, as in `gather`.
 */
export function gatherViews(
  images: usize, height: i32, width: i32, channels: i32, indices: usize, views: usize, rows: i32, table: usize, to: usize,
): void {
  const size = height * width * channels
  const black = load<f32>(table)
  for (let row = 0; row < rows; row++) {
    const from = images + <usize>load<u32>(indices + (row << 2)) * size
    const view = load<u32>(views + (row << 2))
    const down = <i32>(view >> 9) - 128
    const right = <i32>((view >> 1) & 255) - 128
    const mirrored = (view & 1) != 0
    for (let y = 0; y < height; y++) {
      const line = y + down
      const inside = line >= 0 && line < height
      for (let x = 0; x < width; x++) {
        const column = (mirrored ? width - 1 - x : x) + right
        if (inside && column >= 0 && column < width) {
          const at = from + (line * width + column) * channels
          for (let c = 0; c < channels; c++) {
            store<f32>(to, load<f32>(table + (<usize>load<u8>(at + c) << 2)))
            to += 4
          }
        } else {
          for (let c = 0; c < channels; c++) {
            store<f32>(to, black)
            to += 4
          }
        }
      }
    }
  }
}
