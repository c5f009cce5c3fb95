import { ArgumentError } from '../base/errors.js'
import { checkFinite, toShapedTable } from '../base/matrix.js'
import type { NativeDataset } from '../native/model.js'
import { type Core, makeDataset } from '../network/core.js'
import { checkIndices } from '../network/rows.js'
import { readTargets } from '../network/targets.js'
import type { CompileSpec } from '../spec/compile.js'
import { BatchReader, type BatchSource, readBatch } from './batch-source.js'
import { type BatchRows, RowChunk } from './row-chunk.js'
import { type ClassWeight, readBatchWeights } from './row-weights.js'

/** Where the rows of an epoch come from: one native data set after the other. */
export interface TrainingData {
  /** How many steps an epoch has, where that is known beforehand. */
  readonly steps: number | undefined
  beginEpoch(): void
  /** The next part of the epoch, which takes the place of the one before; undefined at its end. */
  next(): Promise<NativeDataset | undefined>
  /** Frees what is held. */
  dispose(): void
  /** The same, and ends the source. */
  close(): Promise<void>
}

/** All rows at once. */
export function wholeData(data: NativeDataset): TrainingData {
  let given = false
  return {
    steps: undefined,
    beginEpoch() {
      given = false
    },
    async next() {
      if (given) return undefined
      given = true
      return data
    },
    dispose: () => data.dispose(),
    close: async () => data.dispose(),
  }
}

/** How a source is cut. */
export interface StreamSettings {
  batchSize: number
  /** Rows of a part; a multiple of the rows of an update. */
  chunkRows: number
  stepsPerEpoch: number | undefined
  classWeight: ClassWeight | undefined
}

/** Parts that are gathered from batches, the next one while the last one is trained: three of them are in memory at most. */
export class StreamedData implements TrainingData {
  readonly #core: Core
  readonly #compiled: CompileSpec
  readonly #settings: StreamSettings
  readonly #reader: BatchReader
  readonly #chunk: RowChunk
  #current: NativeDataset | undefined
  #ahead: Promise<NativeDataset | undefined> | undefined
  /** The batch that was taken in part, and from which row on it is left. */
  #left: { rows: BatchRows; begin: number } | undefined
  /** Those whose rows are in the chunk. */
  #batches: BatchRows[] = []
  #begun = false
  #rows = 0
  #epoch = -1
  #closed = false

  constructor(core: Core, compiled: CompileSpec, source: BatchSource, settings: StreamSettings) {
    this.#core = core
    this.#compiled = compiled
    this.#settings = settings
    this.#reader = new BatchReader(source)
    this.#chunk = new RowChunk(settings.chunkRows)
  }

  get steps(): number | undefined {
    return this.#settings.stepsPerEpoch
  }

  beginEpoch(): void {
    this.#begun = false
    this.#rows = 0
    this.#epoch++
  }

  async next(): Promise<NativeDataset | undefined> {
    const data = await (this.#ahead ?? this.#gather())
    this.#ahead = undefined
    this.#current?.dispose()
    this.#current = data
    if (this.#closed) this.dispose()
    else if (data) {
      this.#ahead = this.#gather()
      // Whoever asks for it is told of an error; until then nobody does.
      this.#ahead.catch(() => {})
    }
    return data
  }

  dispose(): void {
    this.#closed = true
    this.#current?.dispose()
    this.#ahead?.then(
      (data) => data?.dispose(),
      () => {},
    )
  }

  async close(): Promise<void> {
    this.dispose()
    await this.#reader.close()
  }

  async #gather(): Promise<NativeDataset | undefined> {
    const { batchSize, chunkRows, stepsPerEpoch = Infinity } = this.#settings
    if (!this.#begun) {
      this.#begun = true
      if (!this.#reader.goesOn) this.#left = undefined
      await this.#reader.beginEpoch()
    }
    const limit = Math.min(chunkRows, stepsPerEpoch * batchSize - this.#rows)
    const chunk = this.#chunk
    chunk.clear()
    this.#batches = []
    while (chunk.rows < limit && !this.#closed) {
      this.#left ??= await this.#read()
      if (!this.#left || this.#closed) break
      const { rows, begin } = this.#left
      this.#batches.push(rows)
      const end = begin + chunk.add(rows, begin, limit)
      this.#left = end < rows.table.rows ? { rows, begin: end } : undefined
    }
    this.#rows += chunk.rows
    if (this.#closed) return undefined
    if (this.#rows === 0) {
      throw new ArgumentError(
        `Expected batches of at least one row, but there were none in epoch ${this.#epoch} of this fit. An iterator that can ` +
          'be gone through once lasts for one epoch: give a function that returns a new one.',
      )
    }
    return chunk.rows === 0 ? undefined : this.#makeDataset()
  }

  #makeDataset(): NativeDataset {
    const { table, targets, weights } = this.#chunk.filled
    try {
      return makeDataset(table, targets, 'x', table, weights)
    } catch (error) {
      // Say where in which batch it is.
      for (const { table: whole, name } of this.#batches) checkFinite(whole, name)
      throw error
    }
  }

  async #read(): Promise<{ rows: BatchRows; begin: number } | undefined> {
    for (;;) {
      const item = await this.#reader.next()
      if (!item) return undefined
      const where = `batch ${this.#reader.batches - 1}`
      const { x, y, sampleWeight } = readBatch(item.value, where)
      if ((x as ArrayLike<unknown> | undefined)?.length === 0) continue
      const { inputs, outputs, spec } = this.#core
      const name = `x of ${where}`
      const table = toShapedTable(x, name, inputs)
      checkIndices(spec, table, name)
      const { loss } = this.#compiled
      const targets = readTargets(y, `y of ${where}`, loss, outputs, table.rows)
      const { classWeight } = this.#settings
      const called = `sampleWeight of ${where}`
      const weights = readBatchWeights(sampleWeight, called, classWeight, targets, loss, outputs)
      return { rows: { table, targets, weights, name }, begin: 0 }
    }
  }
}
