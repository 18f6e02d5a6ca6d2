import { createColors } from 'picocolors'

/**
 * Colours of stdout: on a terminal or with FORCE_COLOR, never with NO_COLOR. A pipe gets plain text, because programs
 * read stdout; picocolors alone would colour it in CI.
 */
export const colours = createColors(
  !process.env.NO_COLOR && (Boolean(process.env.FORCE_COLOR) || process.stdout.isTTY === true),
)
