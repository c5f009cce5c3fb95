import type { Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { readInSteps } from '../base/unchanged.js'
import type { Core } from '../network/core.js'
import type { Part } from '../network/row-scores.js'
import type { CompileSpec } from '../spec/compile.js'
import { BatchReader, type BatchSource, readBatch } from './batch-source.js'
import { copyRows, type LabeledData, readLabeledRows } from './labeled-rows.js'

/** Rows to evaluate, in one or more parts. */
export interface EvaluationData {
  /** Whether parts come from a source that may take its time. */
  readonly waits: boolean
  /** Begins again with the first part. */
  begin(): Promise<void>
  /** The next part, or undefined at the end. Frees the part before. */
  next(): Promise<Part | undefined>
  dispose(): void
  /** @param atOnce whether to wait only a moment for a source that does not close. */
  close(atOnce: boolean): Promise<void>
}

/** All rows as one part, which stays in memory. */
export function wholeRows(part: Part): EvaluationData {
  let taken = false
  return {
    waits: false,
    begin: async () => {
      taken = false
    },
    next: async () => {
      if (taken) return undefined
      taken = true
      return part
    },
    dispose: () => part.data.dispose(),
    close: async () => part.data.dispose(),
  }
}

/** Batches, one in memory at a time. A function is called again each time; another iterable is read from its beginning. */
export class BatchedRows implements EvaluationData {
  readonly waits = true
  readonly #core: Core
  readonly #compiled: CompileSpec
  readonly #reader: BatchReader
  readonly #name: string
  #part: Part | undefined
  #closed = false

  /** @param name of the batches in messages: `batch` or `batch of validationData`. */
  constructor(core: Core, compiled: CompileSpec, source: BatchSource, name: string) {
    this.#core = core
    this.#compiled = compiled
    this.#reader = new BatchReader(source)
    this.#name = name
  }

  begin(): Promise<void> {
    return this.#reader.beginEpoch()
  }

  async next(): Promise<Part | undefined> {
    this.#part?.data.dispose()
    this.#part = undefined
    for (;;) {
      const item = await this.#reader.next()
      if (!item || this.#closed) return this.#end()
      const name = `batch ${this.#reader.batches - 1}${this.#name}`
      const { x, y, sampleWeight } = readBatch(item.value, name)
      if ((x as ArrayLike<unknown> | undefined)?.length === 0) continue
      const part = await readInSteps(
        this.#read([x, y, sampleWeight], ` of ${name}`),
        [
          [`x of ${name}`, x],
          [`y of ${name}`, y],
          [`sampleWeight of ${name}`, sampleWeight],
        ],
        'before the next batch is read',
      )
      if (this.#closed) part.data.dispose()
      else this.#part = part
      return this.#closed ? undefined : part
    }
  }

  *#read(batch: LabeledData, suffix: string): Work<Part> {
    return yield* copyRows(yield* readLabeledRows(this.#core, this.#compiled, batch, suffix), this.#compiled)
  }

  dispose(): void {
    this.#closed = true
    this.#part?.data.dispose()
  }

  async close(atOnce: boolean): Promise<void> {
    this.dispose()
    await this.#reader.close(atOnce)
  }

  /** @throws ArgumentError where there was no row. */
  #end(): undefined {
    if (this.#reader.batches > 0 || this.#closed) return undefined
    throw new ArgumentError(
      `Expected batches of at least one row${this.#name}, but got none. A generator can be read only once: pass a function ` +
        'that returns a new one.',
    )
  }
}
