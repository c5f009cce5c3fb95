import { runBreathing } from '../base/breathing.js'
import { checkInteger, checkOptions, checkSeed, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix, type MatrixLike, type NumberTable } from '../base/matrix.js'
import { sampleWithoutReplacement, uniforms } from '../math/random.js'
import type { DenseSpec } from '../spec/layer-spec.js'
import { readModel } from '../spec/model.js'
import { Core } from './core.js'
import { predict, predictLayers, type RunOptions } from './inference.js'
import { readRows } from './rows.js'
import { readWeights, writeWeights } from './weights.js'

/** Options of `startFromData`. */
export interface DataStartOptions extends RunOptions {
  /** The most rows that are used; more are drawn from. 10,000 by default. */
  rows?: number | undefined
  /** The model's seed by default. */
  seed?: number | undefined
}

const keys = optionKeys<DataStartOptions>({ rows: true, seed: true, signal: true })

/** Rows whose pre-activations make a bias. */
const mixed = 5

/** See `Sequential.startFromData`. */
export async function startFromData(core: Core, x: MatrixLike, options: DataStartOptions): Promise<void> {
  checkOptions(options, 'startFromData()', keys)
  if (core.members > 1)
    throw new ArgumentError('startFromData() starts networks without members; this one has members.')
  core.checkIdle('set weights')
  const { rows = 10_000, seed = core.spec.seed, signal } = options
  checkSeed(seed)
  const random = uniforms(seed)
  const most = checkInteger(rows, 'rows', { min: 2 })
  const sample = drawRows(await runBreathing(readRows(core, x, 'x'), signal), most, random)
  for (const [i, layer] of core.spec.layers.entries()) {
    if (layer.type !== 'dense') continue
    const inputs = i === 0 ? sample : await predictLayers(core, sample, { signal }, i, 'startFromData()')
    const [kernel, bias] = await startDense(layer, inputs, random, signal)
    const rest = readWeights(core).filter((_, t) => core.tensors[t]!.layer === i)
    writeWeights(core, [kernel, ...(layer.useBias ? [bias] : []), ...rest.slice(layer.useBias ? 2 : 1)], i)
  }
}

function drawRows(table: NumberTable, most: number, random: () => number): Matrix {
  const { data, columns } = table
  if (table.rows <= most) return new Matrix(Float32Array.from(data), table.rows, columns)
  const sample = new Matrix(new Float32Array(most * columns), most, columns)
  for (const [k, row] of sampleWithoutReplacement(table.rows, most, random).entries()) {
    sample.row(k).set(data.subarray(row * columns, (row + 1) * columns))
  }
  return sample
}

/** The kernel and the bias of a dense layer for these inputs. */
async function startDense(
  layer: DenseSpec,
  inputs: Matrix,
  random: () => number,
  signal: AbortSignal | undefined,
): Promise<[Matrix, Matrix]> {
  const { units, parametrization } = layer
  const seed = Math.floor(random() * 2 ** 32)
  const normal = { name: 'randomNormal', mean: 0, stddev: 1 }
  const products = { type: 'dense', units, parametrization, useBias: false, kernelInitializer: normal }
  const spec = readModel({ layers: [{ ...products, inputShape: [inputs.cols] }], seed }, 'the start', () => seed)
  const core = new Core(spec)
  try {
    const [kernel] = readWeights(core)
    return startFromProducts(kernel!, await predict(core, inputs, { signal }), random)
  } finally {
    core.dispose()
  }
}

/**
 * A kernel whose products with the rows have the deviation 1, and a bias that is minus a random convex mix of some of them.
 * @param kernel numbers drawn from N(0, 1).
 * @param outputs its products with the rows.
 * @param random uniform numbers: for each unit and each of its rows the weight, then the row.
 */
export function startFromProducts(kernel: Matrix, outputs: Matrix, random: () => number): [Matrix, Matrix] {
  const { rows, cols: units } = kernel
  const factors = Float64Array.from({ length: units }, (_, unit) => 1 / (deviationOf(outputs, unit) || 1))
  const scaled = kernel.data.map((weight, k) => weight * factors[k % units]!)
  const bias = Float32Array.from({ length: units }, (_, unit) => -mixOf(outputs, unit, random) * factors[unit]!)
  return [new Matrix(scaled, rows, units), new Matrix(bias, 1, units)]
}

function deviationOf({ data, rows, cols }: Matrix, column: number): number {
  let [sum, squares] = [0, 0]
  for (let row = 0; row < rows; row++) sum += data[row * cols + column]!
  for (let row = 0; row < rows; row++) squares += (data[row * cols + column]! - sum / rows) ** 2
  return Math.sqrt(squares / rows)
}

/** A random convex mix of the numbers of a column in a few random rows. */
function mixOf({ data, rows, cols }: Matrix, column: number, random: () => number): number {
  let [sum, weights] = [0, 0]
  for (let k = 0; k < mixed; k++) {
    const weight = -Math.log(1 - random())
    sum += weight * data[Math.floor(random() * rows) * cols + column]!
    weights += weight
  }
  return sum / weights
}
