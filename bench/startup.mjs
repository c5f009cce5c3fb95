// What it takes to start: node bench/startup.mjs [--project FOLDER] [--rounds 21]
// In turns, a process of bare Node, one that imports perceptra, and one that goes on to its first fit; medians, and what lies
// above bare Node. FOLDER is a project in which perceptra is installed (default: this checkout, its dist/ and its addon).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from './statistics.mjs'

const options = { project: { type: 'string' }, rounds: { type: 'string', default: '21' } }
const { values } = parseArgs({ options })
const root = fileURLToPath(new URL('..', import.meta.url))
const home = values.project ? resolve(values.project, 'node_modules', 'perceptra') : root
const entry = JSON.stringify(pathToFileURL(join(home, 'dist', 'index.js')).href)

const folder = mkdtempSync(join(tmpdir(), 'perceptra-startup-'))
const programs = {
  'bare Node': '',
  'with import': `import ${entry}`,
  'with import and first fit': `import { layers, Sequential } from ${entry}
const model = new Sequential({ layers: [layers.dense({ units: 8, activation: 'relu', inputShape: [4] }), layers.dense({ units: 1 })] })
model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
await model.fit([[1, 2, 3, 4], [2, 3, 4, 5]], [1, 2], { epochs: 1 })`,
}

const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
for (const [name, code] of Object.entries(programs)) writeFileSync(join(folder, `${name}.mjs`), code)
for (let round = -2; round < Number(values.rounds); round++) {
  for (const name of Object.keys(programs)) {
    const start = performance.now()
    const { status, stderr } = spawnSync(process.execPath, [join(folder, `${name}.mjs`)], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    // The first rounds fill the system's caches.
    if (round >= 0) times[name].push(performance.now() - start)
  }
}
rmSync(folder, { recursive: true })

const bare = median(times['bare Node'])
console.log(`${process.platform}-${process.arch}, Node ${process.version}, ${values.rounds} rounds in turns`)
for (const [name, all] of Object.entries(times)) {
  const ms = median(all)
  console.log(`${name}: ${ms.toFixed(1)} ms, ${(ms - bare).toFixed(1)} ms above bare Node`)
}
