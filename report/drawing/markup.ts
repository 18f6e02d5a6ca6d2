/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** HTML that templates do not escape. */
export interface Markup {
  readonly markup: string
}

/** Marks text of our own as HTML. */
export function trusted(markup: string): Markup {
  return { markup }
}

type Part = Markup | string | number | readonly (Markup | string)[]

/** HTML from a template: strings are escaped, `Markup` is not. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return trusted(texts.map((text, i) => (i === 0 ? text : `${rendered(parts[i - 1] as Part)}${text}`)).join(''))
}

function rendered(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  if ('markup' in part) return part.markup
  return part.map(rendered).join('')
}
