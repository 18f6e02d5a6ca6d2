/** Text from another machine as one safe line for a terminal, without control characters. */
export function printable(text: string, most = 300): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, most)
}

/** A time in whole seconds, such as `12 s`. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
