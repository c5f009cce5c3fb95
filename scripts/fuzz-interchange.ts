// Reads damaged files for a given time of the CPU: every one must give a model or an error of perceptra, in bounded time and memory.
//
//   node --import tsx scripts/fuzz-interchange.ts --seconds 60 [--reader onnx] [--seed 1]
//
// Each reader runs in a process of its own, which is ended after 20 seconds of CPU time with one file, or where it sleeps for a minute. The
// file that it read then is kept in the folder fuzz-findings, to be mended and moved to test/parity/fixtures/interchange/corpus.
import { fork } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MlpError } from '../lib/index.js'
import { fromBrain, fromKeras, fromOnnx, fromPytorch, fromSklearn, fromTfjs } from '../lib/interchange/index.js'
import { fromBinary, ModelProtoSchema, toBinary } from '../lib/interchange/onnx/proto/messages.js'
import { uniforms } from '../lib/math/random.js'
import { type Draw, damageBytes, damageJson, damageTree, damageZip } from './fuzz/damage.js'
import { watch } from './fuzz/watch.js'

const fixtures = fileURLToPath(new URL('../test/parity/fixtures/', import.meta.url))
const mostBytes = 1e9

/** The files of a reader, how one is read, and how its values (rather than its bytes) are changed. */
interface Reader {
  readonly seeds: () => Uint8Array[]
  readonly damageValues?: (bytes: Uint8Array, draw: Draw) => Uint8Array | Promise<Uint8Array>
  readonly read: (bytes: Uint8Array) => Promise<unknown>
}

const filesOf = (folder: string, suffix: string) =>
  readdirSync(fixtures + folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => new Uint8Array(readFileSync(join(fixtures, folder, name))))
const jsonOf = (name: string, pick: (value: Record<string, unknown>) => unknown) =>
  Object.values(JSON.parse(readFileSync(`${fixtures}interchange/${name}`, 'utf8')) as object).map((value) =>
    new TextEncoder().encode(JSON.stringify(pick(value as Record<string, unknown>))),
  )
const text = (bytes: Uint8Array) => `{${Buffer.from(bytes).toString('latin1').slice(1)}`
/** A shard of the fixtures, by its name. */
const shardOf = (path: string) => {
  const name = readdirSync(`${fixtures}interchange/tfjs`).find((one) => one === path)
  return name === undefined ? new Uint8Array(16) : new Uint8Array(readFileSync(`${fixtures}interchange/tfjs/${name}`))
}

/** Messages with values changed: the file stays one of protocol buffers. */
function damageOnnx(bytes: Uint8Array, draw: Draw): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes)
  damageTree(model, draw)
  try {
    return toBinary(ModelProtoSchema, model)
  } catch {
    // A value of another kind, which the format cannot hold.
    return damageBytes(bytes, draw)
  }
}
const kerasFiles = ['metadata.json', 'config.json', 'model.weights.h5']

const readers: Readonly<Record<string, Reader>> = {
  onnx: {
    seeds: () => [...filesOf('onnx', '.onnx'), ...filesOf('onnx-columns', '.onnx')],
    damageValues: damageOnnx,
    read: (bytes) => fromOnnx(bytes),
  },
  pipelines: {
    seeds: () => filesOf('onnx-pipelines', '.onnx'),
    damageValues: damageOnnx,
    read: (bytes) => fromOnnx(bytes),
  },
  keras: {
    seeds: () => filesOf('interchange', '.keras'),
    damageValues: (bytes, draw) => damageZip(bytes, kerasFiles, draw),
    read: (bytes) => fromKeras(bytes),
  },
  h5: { seeds: () => filesOf('interchange', '.h5'), read: (bytes) => fromKeras(bytes) },
  pytorch: {
    seeds: () => filesOf('interchange', '.safetensors'),
    read: (bytes) => fromPytorch(bytes, { activation: 'relu' }),
  },
  tfjs: {
    seeds: () => filesOf('interchange/tfjs', '.json'),
    damageValues: damageJson,
    read: (bytes) => fromTfjs('model.json', { read: async (path) => (path === 'model.json' ? bytes : shardOf(path)) }),
  },
  sklearn: {
    seeds: () => jsonOf('sklearn.json', ({ model }) => model),
    damageValues: damageJson,
    read: (bytes) => fromSklearn(text(bytes)),
  },
  brain: {
    seeds: () => jsonOf('brain.json', ({ json }) => json),
    damageValues: damageJson,
    read: async (bytes) => fromBrain(text(bytes)),
  },
}

/** Runs in the process of a reader: files until it has used so many seconds. */
async function runReader(name: string, seconds: number, seed: number, current: string): Promise<void> {
  const { seeds, read, damageValues = damageBytes } = readers[name]!
  const files = seeds()
  const draw = uniforms(seed)
  // CPU time: a busy machine, or one that stops the process for a while, is not a slow reader.
  const used = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  let [runs, slowest, most, models] = [0, 0, 0, 0]
  while (used() < seconds) {
    const file = files[Math.floor(draw() * files.length)]!
    const bytes = await (draw() < 0.5 ? damageBytes : damageValues)(file, draw)
    writeFileSync(current, bytes)
    process.send!('begin')
    // Messages leave in a turn of the event loop, which readers of small files do not give.
    await setImmediate()
    const before = used()
    try {
      const model = (await read(bytes)) as { dispose?(): void }
      models++
      model.dispose?.()
    } catch (error) {
      if (!(error instanceof MlpError)) throw error
    }
    slowest = Math.max(slowest, 1000 * (used() - before))
    most = Math.max(most, process.memoryUsage.rss())
    runs++
    if (most > mostBytes) throw new Error(`The process has ${Math.round(most / 1e6)} MB.`)
  }
  const facts = `${runs} files in ${used().toFixed(0)} s of CPU time, ${models} of them read; slowest ${slowest.toFixed(0)} ms, at most ${Math.round(most / 1e6)} MB`
  console.log(`${name}: ${facts}`)
}

/** Runs a reader in a process of its own, under a watch; whether it came to its end. */
async function runApart(name: string, seconds: number, seed: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-fuzz-'))
  const current = join(folder, `${name}.bin`)
  const failure = await watch(fork(fileURLToPath(import.meta.url), [name, `${seconds}`, `${seed}`, current]))
  if (failure !== undefined) {
    mkdirSync('fuzz-findings', { recursive: true })
    const kept = join('fuzz-findings', `${name}-${seed}.bin`)
    if (existsSync(current)) copyFileSync(current, kept)
    console.error(`${name}: ${failure} with ${kept}`)
  }
  rmSync(folder, { recursive: true })
  return failure === undefined
}

if (process.send) {
  const [name, seconds, seed, current] = process.argv.slice(2) as [string, string, string, string]
  await runReader(name, Number(seconds), Number(seed), current)
  process.disconnect()
} else {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      reader: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  })
  const names = values.reader === undefined ? Object.keys(readers) : [values.reader]
  const unknown = names.find((name) => !Object.hasOwn(readers, name))
  if (unknown) throw new Error(`There is no reader ${unknown}: ${Object.keys(readers).join(', ')}.`)
  for (const name of names)
    if (!(await runApart(name, Number(values.seconds), Number(values.seed)))) process.exitCode = 1
}
