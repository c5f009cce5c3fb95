// Draws docs/speed.svg from bench/results/latest.json: how many times as long as perceptra each peer takes.
//   node bench/chart.mjs [--from path] [--to path]
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ours } from './peers/index.mjs'
import { digits } from './report.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: path('results/latest.json') },
    to: { type: 'string', default: path('../docs/speed.svg') },
  },
})

// Distinct in light and dark mode, and for most colour-blind readers (Okabe and Ito's set, slightly darkened).
const colours = ['#d55e00', '#0083c9', '#a0822d', '#009e73', '#b45a8f', '#7a7a7a']
const width = 860
const left = 250
const right = 60
const bar = 9
const gap = 12
const top = 74

writeFileSync(values.to, draw(JSON.parse(readFileSync(values.from, 'utf8'))))
console.log(`Written to ${values.to}`)

function draw(report) {
  const names = Object.keys(report.peers).filter((name) => name !== ours)
  const groups = report.cases.map((entry) => ({
    title: `${entry.net}, ${entry.kind === 'train' ? entry.optimizer : 'predict'}`,
    bars: names
      .filter((name) => entry.results[name])
      .map((name) => ({ name, ratio: entry.results[name].ratio.median })),
  }))
  const all = groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio))
  const [low, high] = [Math.min(0, Math.floor(Math.log10(Math.min(...all)))), Math.ceil(Math.log10(Math.max(...all)))]
  const at = (ratio) => left + ((Math.log10(ratio) - low) / (high - low)) * (width - left - right)
  const colour = (name) => colours[names.indexOf(name) % colours.length]
  const parts = []
  let y = top
  for (const { title, bars } of groups) {
    parts.push(text(left - 8, y + (bars.length * bar) / 2 + 4, title, 'end'))
    for (const { name, ratio } of bars) {
      const [from, to] = [Math.min(at(1), at(ratio)), Math.max(at(1), at(ratio))]
      const size = `x="${round(from)}" y="${y}" width="${round(to - from)}" height="${bar - 1}"`
      parts.push(`<rect ${size} fill="${colour(name)}"><title>${escaped(name)}: ${digits(ratio)} x</title></rect>`)
      parts.push(text(to + 3, y + bar - 2, digits(ratio), 'start', 'small'))
      y += bar
    }
    y += gap
  }
  const height = y + 30
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t">
<title id="t">Time of each peer over that of perceptra, by net</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #222 }
.small { font-size: 8px }
.grid { stroke: #8888; stroke-width: 1 }
.one { stroke: #222; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .one { stroke: #ddd } }
</style>
${text(8, 20, 'Times as long as perceptra takes, on a logarithmic scale (1 is perceptra; longer is slower)')}
${legend(names, colour)}
${powers.map((power) => gridLine(at(power), height, power)).join('\n')}
${parts.join('\n')}
${text(8, height - 6, escaped(`${report.cpu}, ${report.cores} cores, Node ${report.node}, ${report.date}`), 'start', 'small')}
</svg>
`
}

function legend(names, colour) {
  const step = (width - 16) / names.length
  return names
    .map((name, i) => {
      const x = 8 + i * step
      return `<rect x="${round(x)}" y="32" width="10" height="10" fill="${colour(name)}"/>${text(x + 14, 41, escaped(name))}`
    })
    .join('\n')
}

function gridLine(x, height, power) {
  const line = `<line class="${power === 1 ? 'one' : 'grid'}" x1="${round(x)}" x2="${round(x)}" y1="${top - 6}" y2="${height - 24}"/>`
  return `${line}${text(x, top - 10, power.toLocaleString('en'), 'middle')}`
}

function text(x, y, content, anchor = 'start', style = '') {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${style && ` class="${style}"`}>${content}</text>`
}

function round(value) {
  return Number(value.toFixed(1))
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
