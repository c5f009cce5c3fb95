// Rows of a file that fit reads block by block, compared with rows in memory: the rate, and the peak memory of the
// streaming process. Each run is a process of its own; in memory there are only as many rows as fit easily.
//   node bench/stream.mjs [--gigabytes 2] [--rounds 3] [--dir folder for the file] [--json path]
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { ours } from './peers/index.mjs'
import { open } from './peers/perceptra.mjs'
import { describeMachine, digits, percent, writeJson } from './report.mjs'
import { ratios, spread } from './statistics.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    gigabytes: { ...text, default: '2' },
    rounds: { ...text, default: '3' },
    dir: { ...text, default: tmpdir() },
    json: text,
  },
})
// Only a complete run may provide figures for the documentation.
const isWhole = process.argv.slice(2).every((word) => !/^--(rounds|gigabytes)\b/.test(word))
const json = values.json ?? path(`results/${isWhole ? '' : 'local-'}stream.json`)
/** A row is 512 bytes. */
const columns = 127
const rowBytes = 4 * (columns + 1)
const rows = Math.round((Number(values.gigabytes) * 1e9) / rowBytes)
const inMemory = Math.min(rows, 1e6)

const folder = mkdtempSync(join(values.dir, 'perceptra-stream-'))
const file = join(folder, 'rows.f32')
try {
  await writeRows()
  await main()
} finally {
  rmSync(folder, { recursive: true })
}

async function main() {
  const found = { memory: [], stream: [] }
  for (let round = 0; round < Number(values.rounds); round++) {
    found.memory.push(await run('memory', inMemory))
    found.stream.push(await run('stream', rows))
  }
  const perRow = (name) => found[name].map(({ seconds, rows }) => (1e6 * seconds) / rows)
  const ratio = ratios(perRow('stream'), perRow('memory'))
  const peakMB = spread(found.stream.map((one) => one.peakMB))
  const [stream, memory] = [spread(perRow('stream')), spread(perRow('memory'))]
  console.log(
    `${rows.toLocaleString('en')} rows of ${rowBytes} bytes, an epoch of a net of ${columns}-256-1, batch 256`,
  )
  console.log(`  from memory (${inMemory.toLocaleString('en')} rows) ${digits(memory.median)} us a row`)
  console.log(`  from the file ${digits(stream.median)} us a row: ${percent(ratio.median)} of that time`)
  console.log(`  (${percent(ratio.min)} - ${percent(ratio.max)}), in ${digits(peakMB.max)} MB of memory at most`)
  const summary = { microsecondsPerRow: { stream, memory }, ratio, peakMB }
  writeJson(json, { ...describeMachine({ [ours]: await open() }), columns, rows, inMemory, summary, runs: found })
}

async function run(how, count) {
  const script = path('stream/run.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, how, file, String(columns), String(count)])
  return JSON.parse(stdout)
}

/** Numbers from -1 to 1; the target is whether the first number of a row is larger than the second. 16 MB, repeated. */
async function writeRows() {
  const part = new Float32Array(Math.min(rows, 32_768) * (columns + 1))
  let state = 1
  for (let k = 0; k < part.length; k++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    part[k] = state / 2 ** 31 - 1
  }
  for (let at = 0; at < part.length; at += columns + 1) part[at + columns] = Number(part[at] > part[at + 1])
  const handle = await openFile(file, 'w')
  const bytes = Buffer.from(part.buffer)
  for (let left = rows * rowBytes; left > 0; left -= bytes.length)
    await handle.write(bytes, 0, Math.min(bytes.length, left))
  await handle.close()
}
