import { closest, distance } from 'fastest-levenshtein'

/**
 * The candidate nearest to a word by edit distance. Prefers candidates that contain the word or occur in it (3 letters
 * or more); any other candidate must be within half the word's length. Undefined if no candidate is near enough.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  const holding = candidates.filter(
    (candidate) =>
      Math.min(word.length, candidate.length) > 2 && (candidate.includes(word) || word.includes(candidate)),
  )
  const best = closest(word, holding.length > 0 ? holding : [...candidates])
  return holding.length > 0 || distance(word, best) * 2 <= word.length ? best : undefined
}
