import { runBreathing, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { checkFiniteInSteps, type MatrixLike } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { readInSteps } from '../base/unchanged.js'
import type { Core } from '../network/core.js'
import { makeDataset } from '../network/dataset.js'
import { keepTargets, type Part } from '../network/row-scores.js'
import { readRows } from '../network/rows.js'
import { readTargets, type TargetsLike } from '../network/targets.js'
import type { CompileSpec } from '../spec/compile.js'
import { BatchReader, type BatchSource, readBatch } from './batch-source.js'
import { type BatchRows, RowChunk } from './row-chunk.js'
import { type ClassWeight, readBatchWeights } from './row-weights.js'
import type { TrainingData } from './training-data.js'

/** How a stream is divided into parts. */
export interface StreamSettings {
  batchSize: number
  /** Rows of a part; a multiple of the rows of an update. */
  chunkRows: number
  stepsPerEpoch: number | undefined
  classWeight: ClassWeight | undefined
}

/**
 * Parts made of the rows of several batches. The next part is read while the current one is trained: memory holds at
 * most three parts (the chunk that is being filled, and two data sets).
 */
export class StreamedData implements TrainingData {
  readonly #core: Core
  readonly #compiled: CompileSpec
  readonly #settings: StreamSettings
  readonly #reader: BatchReader
  readonly #chunk: RowChunk
  #current: Part | undefined
  #ahead: Promise<Part | undefined> | undefined
  /** The batch whose rows from `begin` on are not in a part yet. */
  #remainder: { rows: BatchRows; begin: number } | undefined
  /** The batches with rows in the chunk. */
  #batches: BatchRows[] = []
  #epochBegan = false
  /** Rows of the epoch so far. */
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
    this.#epochBegan = false
    this.#rows = 0
    this.#epoch++
  }

  async next(): Promise<Part | undefined> {
    const part = await (this.#ahead ?? this.#makePart())
    this.#ahead = undefined
    this.#current?.data.dispose()
    this.#current = part
    if (this.#closed) this.dispose()
    else if (part) {
      this.#ahead = this.#makePart()
      // Avoids an unhandled rejection; next() rethrows.
      this.#ahead.catch(() => {})
    }
    return part
  }

  dispose(): void {
    this.#closed = true
    this.#current?.data.dispose()
    this.#ahead?.then(
      (part) => part?.data.dispose(),
      () => {},
    )
  }

  async close(atOnce: boolean): Promise<void> {
    this.dispose()
    await this.#reader.close(atOnce)
  }

  async #makePart(): Promise<Part | undefined> {
    const { batchSize, chunkRows, stepsPerEpoch = Infinity } = this.#settings
    if (!this.#epochBegan) {
      this.#epochBegan = true
      if (!this.#reader.continues) this.#remainder = undefined
      await this.#reader.beginEpoch()
    }
    const chunk = this.#chunk
    await this.#fill(chunk, Math.min(chunkRows, stepsPerEpoch * batchSize - this.#rows))
    this.#rows += chunk.rows
    if (this.#closed) return undefined
    if (this.#rows === 0) {
      throw new ArgumentError(
        `Expected batches of at least one row, but got none in epoch ${this.#epoch} of this fit. A generator can be ` +
          'read only once, which is one epoch: pass a function that returns a new one.',
      )
    }
    return chunk.rows === 0 ? undefined : runBreathing(this.#makeDataset(), undefined)
  }

  /** Fills the chunk with up to `limit` rows of the next batches. */
  async #fill(chunk: RowChunk, limit: number): Promise<void> {
    chunk.clear()
    this.#batches = []
    while (chunk.rows < limit && !this.#closed) {
      this.#remainder ??= await this.#read()
      if (!this.#remainder || this.#closed) break
      const { rows, begin } = this.#remainder
      this.#batches.push(rows)
      const end = begin + (await runBreathing(chunk.add(rows, begin, limit), undefined))
      this.#remainder = end < rows.table.rows ? { rows, begin: end } : undefined
    }
  }

  *#makeDataset(): Work<Part> {
    const { table, targets, weights } = this.#chunk.filled
    const kept = yield* keepTargets(targets, this.#compiled.rowMetrics)
    try {
      return { data: yield* makeDataset(table, targets, 'x', table, weights), targets: kept }
    } catch (error) {
      // Names the batch, and the row in it, instead of the row in the chunk.
      for (const { table: whole, name } of this.#batches) yield* checkFiniteInSteps(whole, name)
      throw error
    }
  }

  /** The next batch that has rows, checked; undefined at the end. */
  async #read(): Promise<{ rows: BatchRows; begin: number } | undefined> {
    for (;;) {
      const item = await this.#reader.next()
      if (!item) return undefined
      const name = `batch ${this.#reader.batches - 1}`
      const { x, y, sampleWeight } = readBatch(item.value, name)
      if ((x as ArrayLike<unknown> | undefined)?.length === 0) continue
      const rows = await readInSteps(
        this.#readRows(x, y, sampleWeight, name),
        [
          [`x of ${name}`, x],
          [`y of ${name}`, y],
          [`sampleWeight of ${name}`, sampleWeight],
        ],
        'before the next batch is read',
      )
      return { rows, begin: 0 }
    }
  }

  *#readRows(x: MatrixLike, y: TargetsLike, sampleWeight: SampleWeight | undefined, batch: string): Work<BatchRows> {
    const { outputs } = this.#core
    const { loss } = this.#compiled
    const { classWeight } = this.#settings
    const name = `x of ${batch}`
    const table = yield* readRows(this.#core, x, name)
    const targets = yield* readTargets(y, `y of ${batch}`, loss, outputs, table.rows)
    const weights = yield* readBatchWeights(
      sampleWeight,
      `sampleWeight of ${batch}`,
      classWeight,
      targets,
      loss,
      outputs,
    )
    return { table, targets, weights, name }
  }
}
