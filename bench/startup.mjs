// Start-up time: node bench/startup.mjs [--project FOLDER] [--rounds 41] [--json FILE]
// Interleaved: a process of bare Node, one that imports perceptra, and one that also runs a first fit. Prints medians, and the median
// difference to bare Node within a round. FOLDER is a project with perceptra installed (default: this checkout).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { ours } from './peers/index.mjs'
import { describeMachine, writeJson } from './report.mjs'
import { median } from './statistics.mjs'

const options = { project: { type: 'string' }, rounds: { type: 'string', default: '41' }, json: { type: 'string' } }
const { values } = parseArgs({ options })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds takes a whole number from 1 on, not ${values.rounds}`)
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
for (let round = -2; round < rounds; round++) {
  for (const name of Object.keys(programs)) {
    const start = performance.now()
    const { status, stderr } = spawnSync(process.execPath, [join(folder, `${name}.mjs`)], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    // The first rounds fill the system's caches.
    if (round >= 0) times[name].push(performance.now() - start)
  }
}
rmSync(folder, { recursive: true })

console.log(`${process.platform}-${process.arch}, Node ${process.version}, ${rounds} rounds in turns`)
const ms = {}
const aboveBare = {}
for (const [name, all] of Object.entries(times)) {
  ms[name] = median(all)
  aboveBare[name] = median(all.map((each, round) => each - times['bare Node'][round]))
  console.log(`${name}: ${ms[name].toFixed(1)} ms, ${aboveBare[name].toFixed(1)} ms above bare Node`)
}

const { native, nativePath } = await import(pathToFileURL(join(home, 'dist', 'native.cjs')).href)
const isWhole = process.argv.slice(2).every((word) => !/^--rounds\b/.test(word))
const file = fileURLToPath(new URL(`results/${isWhole ? '' : 'local-'}startup.json`, import.meta.url))
const binary = nativePath().slice(home.length)
writeJson(values.json ?? file, {
  ...describeMachine({ [ours]: { native: native().info() } }),
  binary,
  rounds,
  ms,
  aboveBare,
})
