import { type Html, html, type Part } from './html.js'
import type { Plot } from './plots.js'

/** A part of the page, with a place in its table of contents. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly body: Html
  readonly plots?: Readonly<Record<string, Plot>>
}

/** A figure whose plot the page's program draws. `summary` says in words what is to be seen. */
export function figure(id: string, caption: Part, summary: string, shape: 'wide' | 'square' = 'wide'): Html {
  return html`<figure class="figure ${shape}"><figcaption>${caption}</figcaption><div class="plot" id="${id}" role="img" aria-label="${summary}"></div></figure>`
}

/** A table that scrolls sideways on small screens. */
export function table(caption: string, head: readonly Part[], rows: readonly Part[], kind = ''): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="${kind}"><caption class="unseen">${caption}</caption><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`
}

/** The head of a column of numbers. */
export function numberHead(text: Part): Html {
  return html`<span class="number-head">${text}</span>`
}
