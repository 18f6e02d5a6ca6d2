import { createColors } from 'picocolors'

/**
 * Colours of what goes to stdout: on a terminal, or where FORCE_COLOR asks for them, and never under NO_COLOR. A pipe
 * gets plain text even in CI, where picocolors by itself would colour it: results on stdout are read by programs.
 */
export const colours = createColors(
  !process.env.NO_COLOR && (Boolean(process.env.FORCE_COLOR) || process.stdout.isTTY === true),
)
