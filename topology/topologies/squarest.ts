/**
 * Suggests the squarest rows and columns for n peers, with at least 2 rows, as the end of a message; empty if n is
 * prime.
 */
export function squarest(n: number): string {
  for (let rows = Math.floor(Math.sqrt(n)); rows >= 2; rows--) {
    if (n % rows === 0) return `; rows=${rows}, columns=${n / rows} would fit`
  }
  return ''
}
