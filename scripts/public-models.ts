// Imports public models, and prints a table of the results: read, with the difference of the outputs where there are some to
// compare with, or refused, with the reason.
//
//   node --import tsx scripts/public-models.ts FOLDER...
//
// A folder has NAME.onnx and NAME.keras, with NAME.json ({ rows, outputs }, as scripts/fixtures/make-public.py writes it) or
// NAME.input_0.pb and NAME.output_0.pb (as the repository onnx/onnx has them); and folders with a model.json of TensorFlow.js,
// perhaps beside an example.json.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { MlpError } from '../lib/index.js'
import { fromKeras, fromOnnx, fromTfjs } from '../lib/interchange/index.js'
import { fromBinary, TensorProtoSchema } from '../lib/interchange/onnx/proto/messages.js'
import { readTensor } from '../lib/interchange/onnx/read/tensor.js'

type Cell = number | string | null

/** Rows of a model, and what its own library makes of them. */
interface Example {
  readonly rows: readonly (readonly Cell[])[]
  readonly outputs: ArrayLike<number>
}

interface Predicts {
  readonly namedSteps?: object
  readonly featureNamesIn?: readonly string[]
  predict(rows: unknown): Promise<unknown>
  predictProba(rows: unknown): Promise<unknown>
}

const noData = () => new Uint8Array(0)
const tensorOf = (path: string) =>
  readTensor(fromBinary(TensorProtoSchema, new Uint8Array(readFileSync(path))), path, noData)

function exampleOf(base: string): Example | undefined {
  if (existsSync(`${base}.json`)) return JSON.parse(readFileSync(`${base}.json`, 'utf8')) as Example
  if (!existsSync(`${base}.input_0.pb`)) return undefined
  const { dims, data } = tensorOf(`${base}.input_0.pb`)
  const columns = data.length / dims[0]!
  const rows = Array.from({ length: dims[0]! }, (_, i) => [...data.slice(i * columns, (i + 1) * columns)])
  return { rows, outputs: tensorOf(`${base}.output_0.pb`).data }
}

/** The largest difference from the outputs of the library. */
async function differenceOf(model: Predicts, { rows, outputs }: Example): Promise<number> {
  const names = model.featureNamesIn
  const cells = rows.map((row) => row.map((cell) => cell ?? (names ? null : Number.NaN)))
  const table = names ? cells.map((row) => Object.fromEntries(row.map((cell, k) => [names[k], cell]))) : cells
  const probabilities = model.namedSteps ? await model.predictProba(table).catch(() => undefined) : undefined
  const result = (probabilities ?? (await model.predict(table))) as { data?: ArrayLike<number> }
  const numbers = result.data ?? (result as unknown as ArrayLike<number>)
  if (numbers.length !== outputs.length) return Infinity
  return Math.max(...Array.from(numbers, (value, k) => Math.abs(value - outputs[k]!)))
}

async function resultOf(read: () => Promise<unknown>, example: Example | undefined): Promise<string> {
  try {
    const model = (await read()) as Predicts
    const difference = example && (await differenceOf(model, example))
    const kind = model.constructor.name
    if (difference === undefined) return `${kind}`
    return `${kind}, ${difference < 1e-5 ? 'equal within' : 'DIFFERS by'} ${difference.toExponential(0)}`
  } catch (error) {
    if (!(error instanceof MlpError)) throw error
    return `refused: ${error.message.replace(/^.*?(cannot be read as ONNX: |: )/, '')}`
  }
}

const print = (name: string, result: string) => console.log(`| ${name} | ${result.replaceAll('|', '\\|')} |`)

for (const folder of process.argv.slice(2)) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const base = path.replace(/(\.model)?\.(onnx|keras)$/, '')
    if (entry.isDirectory() && existsSync(join(path, 'model.json')))
      print(entry.name, await resultOf(() => fromTfjs(join(path, 'model.json')), exampleOf(join(path, 'example'))))
    else if (entry.name.endsWith('.onnx')) print(basename(base), await resultOf(() => fromOnnx(path), exampleOf(base)))
    else if (entry.name.endsWith('.keras'))
      print(basename(base), await resultOf(() => fromKeras(path), exampleOf(base)))
  }
}
