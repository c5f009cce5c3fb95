import { type Html, html } from './html.js'

/** A bar with an optional whisker, from 0 to `most`, as SVG: it needs no style attribute. */
export function bar(value: number, most: number, options: { low?: number; high?: number; mark?: number } = {}): Html {
  const at = (number: number) => ((100 * Math.min(Math.max(number, 0), most)) / most).toFixed(2)
  const { low, high, mark } = options
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="bar-back" width="100" height="10"/><rect class="bar-value" width="${at(value)}" height="10"/>${
    low !== undefined &&
    high !== undefined &&
    html`<line class="bar-whisker" x1="${at(low)}" x2="${at(high)}" y1="5" y2="5"/>`
  }${mark !== undefined && html`<line class="bar-mark" x1="${at(mark)}" x2="${at(mark)}" y1="0" y2="10"/>`}</svg>`
}

/** A histogram of counts, with the places of 0 and of the ends of its x axis. */
export function histogram(
  { edges, counts }: { edges: readonly number[]; counts: readonly number[] },
  label: string,
): Html {
  const most = Math.max(...counts)
  const width = 400 / counts.length
  const [low, high] = [edges[0]!, edges.at(-1)!]
  const zero = (400 * (0 - low)) / (high - low)
  const bars = counts.map((count, k) => {
    const height = (150 * count) / most
    return html`<rect class="bar-value" x="${(k * width + 0.5).toFixed(2)}" y="${(150 - height).toFixed(2)}" width="${(width - 1).toFixed(2)}" height="${height.toFixed(2)}"/>`
  })
  return html`<svg class="histogram" viewBox="0 0 400 150" preserveAspectRatio="none" role="img" aria-label="${label}">${bars}${
    zero > 0 &&
    zero < 400 &&
    html`<line class="bar-mark" x1="${zero.toFixed(1)}" x2="${zero.toFixed(1)}" y1="0" y2="150"/>`
  }</svg>`
}
