/** The squarest rows and columns of n peers with at least 2 rows, as an ending of a message; empty where n is prime. */
export function squarest(n: number): string {
  for (let rows = Math.floor(Math.sqrt(n)); rows >= 2; rows--) {
    if (n % rows === 0) return `; rows=${rows}, columns=${n / rows} would fit`
  }
  return ''
}
