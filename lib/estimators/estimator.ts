import type { Work } from '../base/breathing.js'
import { checkString, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type MatrixLike, type NumberTable, toShapedTableInSteps, toTable } from '../base/matrix.js'
import { readInSteps, type Source, untilSettled } from '../base/unchanged.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { joinParts } from '../files/parts.js'
import type { Tensor } from '../files/safetensors.js'
import { readsDoubles, readsFloats } from '../learning/doubles.js'
import { Learner } from '../learning/learner.js'
import type { Definition, ParameterTable } from '../learning/parameters.js'
import { type RunOptions, readSignal } from '../network/inference.js'
import { AbortedByRank } from '../training/group/failure.js'
import type { Outputs } from './classes.js'
import { estimatorFileParts } from './file.js'
import { type EstimatorFitOptions, type EstimatorStopReason, FitLimits } from './fit-limits.js'
import type { Progress } from './progress.js'
import { asRow } from './rows.js'

/** What training leaves in every estimator. It is replaced as a whole, so that every reader sees one state. */
export interface Learned {
  readonly nFeaturesIn: number
  readonly progress: Progress
}

/** What JSON.stringify writes of an estimator. */
export interface EstimatorJson {
  /** The name of its class. */
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
  /** Facts about what was learned; null before fit. */
  readonly state: Readonly<Record<string, unknown>> | null
}

/** The learned part of a file: plain JSON and tensors. */
export interface LearnedRecord {
  json: object
  tensors: Map<string, Tensor>
}

/** The arrays of a fit, whose sampleWeight is among the options. */
export interface TrainingArrays {
  readonly x: MatrixLike
  readonly y: unknown
}

function* nothing(): Work<void> {}

/** The base of all estimators. `T` is the table of parameters, `L` is what training leaves. */
export abstract class Estimator<T extends ParameterTable, L extends Learned> extends Learner<T, L> {
  /** While a fit runs: what was learned before it. */
  #before: L | undefined

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a combination that makes no sense. */
  constructor(definition: Definition<T>, options: unknown) {
    super(definition, options)
  }

  /** The seed of shuffles and splits: the parameter `seed`, or the one that was drawn in its place. */
  get seed(): number {
    return this.randomSeed
  }

  /**
   * Columns of the rows that it was fitted with.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('read nFeaturesIn').nFeaturesIn
  }

  /**
   * Whole epochs (iterations of lbfgs) of the last fit. Where a linear classifier trains one unit a class, those of the unit
   * that took longest.
   */
  get nIter(): number {
    return this.learned('read nIter').progress.nIter
  }

  /**
   * Rows that training has read, epochs times rows, as scikit-learn counts: networks count those of sgd and adam (0 with
   * lbfgs), linear models start from 1.
   */
  get t(): number {
    return this.learned('read t').progress.t
  }

  /** Why the last training ended. */
  get stopReason(): EstimatorStopReason {
    return this.learned('read stopReason').progress.stopReason
  }

  /**
   * The loss after each epoch (iteration of lbfgs): the mean over rows, each row's before the step that reads it. That of
   * networks includes the penalty. partialFit adds to the curve; so do warm starts of networks. The curve has
   * all epochs of the last call, and of the calls before it the last 10,000.
   */
  get lossCurve(): number[] {
    return this.learned('read lossCurve').progress.lossCurve.toArray()
  }

  /** With earlyStopping the score of the held-back rows after each epoch, accuracy or R²; empty without it. */
  get validationScores(): number[] {
    return this.learned('read validationScores').progress.validationScores.toArray()
  }

  /**
   * Writes parameters and all that was learned to a safetensors file, which is replaced as a whole or not at all. An
   * estimator loaded from it predicts the same and, with partialFit or a warm start, learns on as if it had never stopped.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_NOT_FITTED.
   */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    await writeFileAtomic(path, this.#fileParts())
  }

  /**
   * The bytes of the file that `save` writes.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toBytes(): Uint8Array {
    return joinParts(this.#fileParts())
  }

  /** The parts of the file; those of tensors are views of what was learned, which does not change. */
  #fileParts(): Uint8Array[] {
    const { json, tensors } = this.record(this.learned('save'))
    return estimatorFileParts(this.definition, this.params, { ...json, seed: this.seed }, tensors)
  }

  /**
   * The parameters, and what was learned in a few facts, as plain JSON for logs; `save` and `toBytes` write the whole
   * estimator.
   */
  toJSON(): EstimatorJson {
    const learned = this.learnedSoFar
    return { kind: this.definition.name, params: this.getParams(), state: learned ? this.summary(learned) : null }
  }

  protected override summary({ nFeaturesIn, progress }: L): Record<string, unknown> {
    const { nIter, lossCurve, stopReason } = progress
    return { nFeaturesIn, nIter, loss: lossCurve.last, stopReason }
  }

  /** The learned part of a file. */
  protected abstract record(learned: L): LearnedRecord

  /** Copies rows, and returns what computes their outputs off the event loop. */
  protected abstract prepare(learned: L, x: NumberTable, signal: AbortSignal | undefined): Work<() => Promise<Outputs>>

  /** Outputs of rows, on the spot. */
  protected abstract outputsSync(learned: L, x: NumberTable): Outputs

  /** Outputs of rows, off the event loop, with the options of `predict`. */
  protected async infer(learned: L, x: MatrixLike, options: RunOptions): Promise<Outputs> {
    return (await this.inferWith(learned, x, options, [], nothing)).outputs
  }

  /**
   * The same, and what `read` reads beside the rows: small arrays before the first await, large ones in slices between turns of
   * the event loop.
   * @param sources the arrays that it reads.
   */
  protected async inferWith<R>(
    learned: L,
    x: MatrixLike,
    options: RunOptions,
    sources: readonly Source[],
    read: (rows: number) => Work<R>,
  ): Promise<{ outputs: Outputs; read: R; signal: AbortSignal | undefined }> {
    const signal = readSignal(options, 'predict()')
    const { numbers } = this
    const prepare = (table: NumberTable) => this.prepare(learned, table, signal)
    function* readAll() {
      const table = yield* toShapedTableInSteps(x, 'x', learned.nFeaturesIn, numbers)
      return { read: yield* read(table.rows), outputs: yield* prepare(table) }
    }
    const all = await readInSteps(readAll(), [['x', x], ...sources], untilSettled, signal)
    return { outputs: await all.outputs(), read: all.read, signal }
  }

  /** @internal */
  get [readsFloats](): boolean {
    return !(readsDoubles in this)
  }

  /** The type that arrays of rows are read into. */
  protected get numbers() {
    return this[readsFloats] ? Float32Array : Float64Array
  }

  /** Outputs of a flat row, or of a table, on the spot. */
  protected inferSync(x: MatrixLike | readonly number[]): { learned: L; outputs: Outputs; isRow: boolean } {
    const learned = this.learned('predict')
    const row = asRow(x, learned.nFeaturesIn)
    const outputs = this.outputsSync(learned, row ?? toTable(x as MatrixLike, 'x', learned.nFeaturesIn, this.numbers))
    return { learned, outputs, isRow: row !== undefined }
  }

  /** Rows to train with. They decide the number of columns, unless training goes on from `before`. */
  protected *trainingRows(x: MatrixLike, before: L | undefined): Work<NumberTable> {
    const table = yield* toShapedTableInSteps(x, 'x', undefined, this.numbers)
    if (!before || table.columns === before.nFeaturesIn) return table
    const expected = `rows of ${before.nFeaturesIn} numbers, as in the fit before`
    const hint = 'To start anew, make another estimator or call fit without warmStart.'
    throw mismatch('x', expected, `rows of ${table.columns}`, hint)
  }

  /**
   * Runs one fit. Options are checked, and small arrays are read, before the first await. After an abort the estimator has what
   * it had learned before.
   * @param keys the options beside those of every estimator, which `read` reads.
   * @param read reads the arrays, and returns what trains with them; it gets what the last fit left if this is a warm start.
   */
  protected runFit(
    arrays: TrainingArrays,
    options: EstimatorFitOptions,
    keys: readonly string[],
    read: (limits: FitLimits, warm: L | undefined) => Work<() => Promise<void>>,
  ): Promise<this> {
    return this.exclusively('fit', async () => {
      const limits = new FitLimits(options, 'fit()', keys)
      const { warmStart } = this.params as { warmStart?: boolean }
      return this.#train(arrays, options, limits, read(limits, warmStart ? this.learnedSoFar : undefined))
    })
  }

  /** Runs one partialFit; `read` gets what the last training left. */
  protected runPartialFit(
    arrays: TrainingArrays,
    options: EstimatorFitOptions,
    keys: readonly string[],
    read: (limits: FitLimits, before: L | undefined) => Work<() => Promise<void>>,
  ): Promise<this> {
    return this.exclusively('fit', async () => {
      const limits = new FitLimits(options, 'partialFit()', keys)
      const { earlyStopping } = this.params as { earlyStopping?: boolean }
      if (earlyStopping) throw new ArgumentError('Expected earlyStopping false for partialFit, but got true.')
      return this.#train(arrays, options, limits, read(limits, this.learnedSoFar))
    })
  }

  async #train(
    { x, y }: TrainingArrays,
    { sampleWeight }: EstimatorFitOptions,
    { signal }: FitLimits,
    reading: Work<() => Promise<void>>,
  ): Promise<this> {
    signal?.throwIfAborted()
    const before = this.learnedSoFar
    this.#before = before
    const sources: Source[] = [
      ['x', x],
      ['y', y],
      ['sampleWeight', sampleWeight],
    ]
    try {
      const train = await readInSteps(reading, sources, untilSettled, signal)
      await train()
      signal?.throwIfAborted()
      return this
    } catch (error) {
      if (signal?.aborted || error instanceof AbortedByRank) super.publish(before)
      throw error
    } finally {
      this.#before = undefined
    }
  }

  /** Replaces what was learned; what a fit of less than one epoch left replaces nothing but the reason of its end. */
  protected override publish(learned: L): void {
    const before = this.#before
    if (before === undefined || learned.progress.nIter > 0) super.publish(learned)
    else super.publish({ ...before, progress: { ...before.progress, stopReason: learned.progress.stopReason } })
  }
}
