/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template may hold: text, which is escaped, HTML, lists of them, or nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[]

/** HTML from a template, whose values are escaped unless they are HTML. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, string, k) => text + textOf(parts[k - 1]) + string))
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(textOf).join('')
  return escapeText(String(part))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for HTML, also between quotes of an attribute. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter]!)
}

/**
 * JSON that can stand in a script element: it holds no tag. Six digits suffice for a picture.
 * @param exact lists in `value` whose numbers keep all digits.
 */
export function jsonText(value: unknown, exact: readonly (readonly number[])[] = []): Html {
  const kept = new Set<unknown>(exact)
  const text = JSON.stringify(value, function (this: unknown, _, entry: unknown) {
    return typeof entry === 'number' && !kept.has(this) ? shortNumber(entry) : entry
  })
  return new Html(text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'))
}

function shortNumber(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6))
}
