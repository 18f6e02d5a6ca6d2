import { html, type Markup, trusted } from '../drawing/markup.ts'
import { styleSheet } from './style.ts'

/** A report as one HTML file without scripts or external resources; its content policy enforces both. */
export function reportPage(title: string, main: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title} – Hearsay</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`.markup
}
