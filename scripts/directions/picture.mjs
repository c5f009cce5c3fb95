// Draws docs/rooms.svg from the table of rooms: node scripts/directions/picture.mjs
// With --check it writes nothing, and fails if the picture differs from the table.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rooms } from './rooms.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const path = join(root, 'docs', 'rooms.svg')

const width = 980
const left = 40
const height = 56
const gap = 12
const top = 64

/** The rooms as SVG: the highest floor at the top, a dashed box for a room that is still empty. */
export function drawRooms(isEmpty) {
  const floors = Math.max(...rooms.map(({ floor }) => floor))
  const boxes = Array.from({ length: floors }, (_, i) => drawFloor(floors - i, top + i * (height + gap), isEmpty))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + floors * (height + gap)}" role="img" aria-labelledby="t">
<title id="t">The rooms of lib/ on floors: a room uses rooms on lower floors only</title>
<style>
text { font: 11px system-ui, sans-serif; fill: #222 }
.name { font-weight: 600; font-size: 13px }
.box { fill: #eef3fa; stroke: #5b7fa8 }
.plain { fill: #eaf6ee; stroke: #5b9a70 }
.empty { stroke-dasharray: 4 3; fill: none }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .box { fill: #1d2a3a } .plain { fill: #1c3325 } .empty { fill: none } }
</style>
<text x="${left}" y="22">A room may use every room on a lower floor, and none on its own floor or above.</text>
<text x="${left}" y="42">Green: works without the addon, and uses green rooms only. Dashed: to come.</text>
${boxes.join('\n')}
</svg>
`
}

function drawFloor(floor, y, isEmpty) {
  const here = rooms.filter((room) => room.floor === floor)
  const boxWidth = (width - left - gap) / here.length - gap
  const boxes = here.map((room, i) => {
    const x = left + i * (boxWidth + gap)
    const kind = [room.plain ? 'box plain' : 'box', ...(isEmpty(room.name) ? ['empty'] : [])].join(' ')
    const lines = wrap(room.holds, Math.floor((boxWidth - 16) / 5.6))
    return [
      `<rect class="${kind}" x="${round(x)}" y="${y}" width="${round(boxWidth)}" height="${height}" rx="4"/>`,
      `<text class="name" x="${round(x + 8)}" y="${y + 17}">${room.name}</text>`,
      ...lines.map((line, k) => `<text x="${round(x + 8)}" y="${y + 33 + 14 * k}">${line}</text>`),
    ].join('')
  })
  return `<text x="12" y="${y + height / 2 + 4}">${floor}</text>${boxes.join('')}`
}

function wrap(text, length) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim()
    if (line.length <= length || lines.at(-1) === '') lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines
}

function round(value) {
  return Math.round(value * 10) / 10
}

function isEmpty(name) {
  return !existsSync(join(root, 'lib', name)) && !existsSync(join(root, 'lib', `${name}.ts`))
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const picture = drawRooms(isEmpty)
  if (!process.argv.includes('--check')) writeFileSync(path, picture)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== picture) {
    console.error('docs/rooms.svg is not that of the table of rooms: run node scripts/directions/picture.mjs')
    process.exitCode = 1
  }
}
