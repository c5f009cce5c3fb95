import type { Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import { copyInSteps, Matrix } from '../base/matrix.js'
import { native } from '../native/addon.js'
import type { NativeDataset } from '../native/model.js'
import type { MetricRows, RowMetric } from '../spec/row-metric.js'
import { Core } from './core.js'
import { rowScore } from './row-metrics.js'
import { sliceMs } from './slice-ms.js'
import type { Targets } from './targets.js'

/** Rows in native memory, and a copy of their targets where metrics over all rows need it. */
export interface Part {
  readonly data: NativeDataset
  readonly targets: Targets | undefined
}

/** Targets to keep beside a data set: a copy, if there are metrics over all rows. */
export function* keepTargets({ data, columns }: Targets, metrics: readonly RowMetric[]): Work<Targets | undefined> {
  if (metrics.length === 0) return undefined
  const { length } = data
  return {
    data: yield* copyInSteps(data, data instanceof Int32Array ? new Int32Array(length) : new Float32Array(length)),
    columns,
  }
}

/** How rows are predicted. */
export interface ScoringRun {
  /** Whether with the weights that the run of training would install at its end. */
  averaged: boolean
  /** The most threads; 0: as many as pay. */
  threads: number
  /** Asked before each slice; it may throw. */
  mustStop(): boolean
}

/** Collects targets and outputs of rows, part by part, and scores them by metrics over all rows. */
export class RowScores {
  readonly #core: Core
  readonly #metrics: readonly RowMetric[]
  readonly #targets: Targets[] = []
  readonly #outputs: Float32Array[] = []

  constructor(core: Core, metrics: readonly RowMetric[]) {
    this.#core = core
    this.#metrics = metrics
  }

  /**
   * Predicts the rows of a part, in inference mode.
   * @returns whether all rows were predicted.
   */
  async add({ data, targets }: Part, { averaged, threads, mustStop }: ScoringRun): Promise<boolean> {
    if (this.#metrics.length === 0 || !targets) return true
    const { optimizer } = this.#core.compiled!
    const hasAverage = averaged && optimizer.name !== 'lbfgs' && optimizer.ema !== undefined
    const core = hasAverage ? withAverage(this.#core) : this.#core
    const out = new Float32Array(data.rows * core.outputs)
    const snapshot = new (native().Snapshot)()
    try {
      for (let row = 0; row < data.rows; ) {
        if (mustStop()) return false
        core.checkAlive()
        const own = out.subarray(row * core.outputs)
        row += await core.native.predict(data, row, own, sliceMs, snapshot, undefined, undefined, threads)
      }
    } finally {
      snapshot.dispose()
      if (core !== this.#core) core.dispose()
    }
    this.#targets.push(targets)
    this.#outputs.push(out)
    return true
  }

  /**
   * Takes in the rows of other processes.
   * @param gather gives the bytes of all, in their order, this process's own among them.
   */
  async join(gather: (bytes: Uint8Array) => Promise<Uint8Array[]>): Promise<void> {
    if (this.#metrics.length === 0) return
    const isClasses = this.#targets.some(({ data }) => data instanceof Int32Array)
    const columns = this.#targets[0]?.columns ?? 0
    const heads = await gather(Uint8Array.of(columns, Number(isClasses)))
    const targets = await gather(bytesOf(this.#targets.map(({ data }) => data)))
    const outputs = await gather(bytesOf(this.#outputs))
    const [ofAll, asClasses] = heads.find(([width]) => width! > 0) ?? [0, 0]
    const Numbers = asClasses ? Int32Array : Float32Array
    this.#targets.length = 0
    this.#outputs.length = 0
    if (ofAll === 0) return
    this.#targets.push(...targets.map(({ buffer }) => ({ data: new Numbers(buffer as ArrayBuffer), columns: ofAll! })))
    this.#outputs.push(...outputs.map(({ buffer }) => new Float32Array(buffer as ArrayBuffer)))
  }

  /**
   * Adds the scores to logs.
   * @throws ArgumentError for a function that gives something else than a number.
   */
  addTo(logs: Logs, validation: boolean): void {
    if (this.#metrics.length === 0 || this.#targets.length === 0) return
    const { data, columns } = joined(this.#targets)
    const outputs = join(this.#outputs)
    const rows = data.length / columns
    for (const metric of this.#metrics) {
      const key = validation ? metric.valKey : metric.key
      logs[key] = scoreOf(metric, { data, columns }, { data: outputs, columns: outputs.length / rows })
    }
  }
}

function scoreOf(metric: RowMetric, targets: Targets, outputs: Targets): number {
  const { compute, key } = metric
  if (typeof compute === 'string') return rowScore(compute, metric, targets, outputs)
  const score: unknown = compute(rowsOf(targets), rowsOf(outputs))
  if (typeof score === 'number') return score
  throw new ArgumentError(
    `Expected a number from the metric ${key}, but got ${describe(score)}. Metrics return at once.`,
  )
}

/** One number a row as a flat array, several as a Matrix; copies, which a metric may change. */
function rowsOf({ data, columns }: Targets): MetricRows {
  if (columns === 1) return data.slice()
  return new Matrix(data.slice() as Float32Array, data.length / columns, columns)
}

/** A network with the averaged weights of a run. */
function withAverage(core: Core): Core {
  const copy = new Core(core.spec)
  copy.native.setWeights(core.native.getWeights(true))
  return copy
}

function bytesOf(arrays: readonly (Float32Array | Int32Array)[]): Uint8Array {
  return Buffer.concat(
    arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  )
}

function joined(parts: readonly Targets[]): Targets {
  const [first] = parts
  if (parts.length === 1) return first!
  const arrays = parts.map(({ data }) => data)
  const data = first!.data instanceof Int32Array ? new Int32Array(lengthOf(arrays)) : new Float32Array(lengthOf(arrays))
  copyInto(data, arrays)
  return { data, columns: first!.columns }
}

function join(arrays: readonly Float32Array[]): Float32Array {
  if (arrays.length === 1) return arrays[0]!
  const all = new Float32Array(lengthOf(arrays))
  copyInto(all, arrays)
  return all
}

function lengthOf(arrays: readonly ArrayLike<number>[]): number {
  return arrays.reduce((sum, { length }) => sum + length, 0)
}

function copyInto(all: Float32Array | Int32Array, arrays: readonly (Float32Array | Int32Array)[]): void {
  let at = 0
  for (const array of arrays) {
    all.set(array, at)
    at += array.length
  }
}
