import { runBreathing } from '../base/breathing.js'
import { checkBoolean, checkOptions, checkSignal, checkString, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Matrix } from '../base/matrix.js'
import { estimatorFileParts } from '../estimators/file.js'
import { inside } from '../estimators/inside.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { joinParts } from '../files/parts.js'
import { Learner } from '../learning/learner.js'
import { CellColumn } from './cell-column.js'
import { type Distillation, type DistillOptions, readDistillOptions } from './distill.js'
import { distillTable } from './distill-table.js'
import { type DriftReport, DriftWatch } from './drift.js'
import { eachRow } from './each-row.js'
import { encodeRows, joined } from './encode-rows.js'
import { recordModel } from './file.js'
import { fitTable } from './fit-table.js'
import { allRows, heldOutOf, readKnownRows, rowsOf, scoreOf } from './known-rows.js'
import type { FitRecord, TabularLearned } from './learned.js'
import { type FitSettings, tabularParameters } from './options.js'
import type { TableRows } from './read-rows.js'
import type { ReadTarget } from './reading.js'
import type { TableReport } from './report.js'
import type { RowOf, Schema } from './schema.js'
import { readUpdateOptions, trainOn, type UpdateOptions, type UpdateReport } from './update.js'

export const definitionOf = (name: string) => ({ name, parameters: tabularParameters })

type Parameters = typeof tabularParameters

/** What was found in the rows, and how training went. */
export interface TabularReport extends TableReport {
  readonly training: FitRecord
  /** Of a model that `distill` made. */
  readonly distillation?: Distillation
}

/** What JSON.stringify writes of a table model. */
export interface TabularJson {
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
  readonly state: Readonly<Record<string, unknown>> | null
}

/** Options of predict and its like. */
export interface TabularRunOptions {
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal | undefined
}

/** What TabularClassifier and TabularRegressor have in common: `T` is what is known of the target. */
export abstract class TabularModel<T, R extends object> extends Learner<Parameters, TabularLearned<T>> {
  #stopTraining = false
  /** One row of inputs, for predictSync. */
  #row: Float32Array | undefined

  protected override get fitCall(): string {
    return 'fit(rows, { target })'
  }

  /** The seed of weights, shuffles and held-out rows: the parameter `seed`, or the one that was drawn in its place. */
  get seed(): number {
    return this.randomSeed
  }

  /**
   * What the columns hold, as a Standard Schema and a JSON Schema.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get schema(): Schema<R> {
    return this.learned('read the schema').schema as Schema<R>
  }

  /**
   * What was found in the rows of fit, and how training went.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get report(): TabularReport {
    const { schema, record, distillation } = this.learned('read the report')
    return { ...schema.report, training: record, ...(distillation && { distillation }) }
  }

  /**
   * Setting it to true during fit ends training after the current epoch, which may be the first: fit resolves with what was
   * learned, and `stopReason` is `'stopTraining'`. The next fit sets it to false.
   */
  get stopTraining(): boolean {
    return this.#stopTraining
  }

  set stopTraining(stop: boolean) {
    this.#stopTraining = checkBoolean(stop, 'stopTraining')
  }

  /**
   * Why the last fit ended: all epochs were done, the time limit, or `stopTraining`.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get stopReason(): FitRecord['stopReason'] {
    return this.learned('read stopReason').record.stopReason
  }

  /**
   * How rows differ from those of fit: the population stability index of each column, values that fit did not see, numbers out of
   * range. `DriftWatch` counts rows one by one.
   * @throws ArgumentError with row and column for a row that does not fit the schema; MlpError ERR_NOT_FITTED.
   */
  async drift(rows: TableRows<RowOf<R>>, options: TabularRunOptions = {}): Promise<DriftReport> {
    const { schema } = this.learned('compare rows')
    const signal = readRunSignal(options, 'drift()')
    const watch = new DriftWatch(schema)
    await eachRow(rows, signal, (row, index) => {
      schema.check(row, index)
      watch.add(row, index)
    })
    return watch.report()
  }

  /**
   * Goes on learning from rows that have the target, from what was learned: at a smaller rate, with categories that fit did not see.
   * The rows alone decide, so a sample of older ones among them keeps what those taught. A fifth of the rows is held out; a
   * network keeps its weights where training did not make its loss on those smaller. The model answers as before until it is done.
   * @returns what was done, with the drift of the rows.
   * @throws ArgumentError with row and column for a row that does not fit the schema, for a label that is none of the classes, or fewer
   * than ten rows; MlpError ERR_NOT_FITTED, ERR_BUSY; the signal's reason.
   */
  async update(rows: TableRows<RowOf<R>>, options: UpdateOptions = {}): Promise<UpdateReport> {
    return this.exclusively('update', async () => {
      const before = this.learned('update')
      const settings = readUpdateOptions(options)
      const { signal } = settings
      const { schema, record } = before
      const cells = await readKnownRows(rows, schema, signal)
      const parts = await runBreathing(heldOutOf(cells.rows, this.seed), signal)
      const target = cells.columns.get(schema.target!)!
      const y = this.knownTargets(target, before.targets)
      const watch = new DriftWatch(schema)
      await eachRow(rowsOf(cells, allRows(cells.rows)), signal, (row) => watch.add(row))
      const { learned, outputs, added, stopReason } = await trainOn(before, cells, y, parts, settings)
      try {
        const targets = this.updatedTargets(before.targets, target, parts.validation, outputs)
        const updated = this.clone()
        updated.restore({ ...learned, targets }, this.seed)
        const score = (model: this) => scoreOf(model, rowsOf(cells, parts.validation), record.metric, signal)
        const scores = { before: await score(this), after: await score(updated) }
        const counts = { rows: parts.training.length, validationRows: parts.validation.length }
        const report = { ...counts, drift: watch.report(), added, ...scores, stopReason }
        this.publish({ ...learned, targets })
        return report
      } catch (error) {
        learned.ensemble.dispose()
        throw error
      }
    })
  }

  /** The targets of rows, as networks are trained with them. */
  protected abstract knownTargets(target: CellColumn, targets: T): Int32Array | Float32Array

  /** What is known of the target after an update. */
  protected abstract updatedTargets(targets: T, target: CellColumn, heldOut: Uint32Array, outputs: Matrix): T

  /** Scores of rows that have the target. */
  abstract evaluate(rows: TableRows<RowOf<R>>, options?: TabularRunOptions): Promise<object>

  /** A model of one small network that answers as this one does. */
  protected async distilled(rows: unknown, options: DistillOptions, isClasses: boolean): Promise<this> {
    const begin = performance.now()
    const before = this.learned('distill')
    // A fit or an update meanwhile does not change it.
    const teacher = this.clone()
    teacher.restore(before, this.seed)
    const settings = readDistillOptions(options)
    const {
      learned: own,
      outputs,
      teacherOutputs,
      ...rest
    } = await distillTable(rows, before, teacher.seed, isClasses, settings)
    try {
      const { targets, difference } = this.distilledTargets(before.targets, teacherOutputs, outputs)
      const learned = { ...own, targets }
      const model = teacher.clone()
      model.restore(learned, teacher.seed)
      const score = (one: this) =>
        rest.hasTarget ? scoreOf(one, rest.heldOut(), before.record.metric, settings.signal) : null
      const distillation: Distillation = {
        ...{ rows: rest.rows, validationRows: outputs.rows, difference },
        ...{ teacher: await score(teacher), student: await score(model), seconds: (performance.now() - begin) / 1000 },
      }
      model.restore({ ...learned, distillation }, teacher.seed)
      return model
    } catch (error) {
      own.ensemble.dispose()
      throw error
    }
  }

  /** What a distilled model knows of the target, and how its answers differ from the teacher's, both by the outputs of held-out rows. */
  protected abstract distilledTargets(targets: T, teacher: Matrix, student: Matrix): { targets: T; difference: number }

  /**
   * Writes the whole model, preparation included, to one safetensors file, which is replaced as a whole or not at all.
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

  #fileParts(): Uint8Array[] {
    const learned = this.learned('save')
    const { json, tensors } = recordModel(learned)
    const targets = this.recordTargets(learned.targets)
    for (const [name, tensor] of Object.entries(targets.tensors)) {
      tensors.set(name, { dtype: 'F64', shape: [tensor.length], data: tensor })
    }
    return estimatorFileParts(
      this.definition,
      this.params,
      { ...json, targets: targets.json, seed: this.seed },
      tensors,
    )
  }

  /** The parameters and a few facts, for logs; `save` writes the whole model. */
  toJSON(): TabularJson {
    const learned = this.learnedSoFar
    return { kind: this.definition.name, params: this.getParams(), state: learned ? this.summary(learned) : null }
  }

  /** @internal */
  [inside](): TabularLearned<T> {
    return this.learned('export')
  }

  protected override summary({ schema, record, plan }: TabularLearned<T>): Record<string, unknown> {
    return { target: schema.target, columns: schema.columns.length, inputs: plan.width, ...record }
  }

  /** What a file keeps of the target. */
  protected abstract recordTargets(targets: T): {
    json: object
    tensors: Record<string, Float64Array<ArrayBuffer>>
  }

  /**
   * One fit. What was learned before stays until this one is done, and also if it ends before its first epoch.
   * @param read reads the target of the training rows, with what the network is to be trained for.
   */
  protected async run(
    rows: unknown,
    options: Omit<FitSettings<string>, 'isStopped'>,
    kind: 'classes' | 'numbers',
    read: ReadTarget<T>,
  ): Promise<void> {
    this.#stopTraining = false
    const settings: FitSettings<string> = { ...options, isStopped: () => this.#stopTraining }
    const { learned, mayReplace } = await fitTable(rows, settings, { ...this.params, seed: this.seed, kind, read })
    const before = this.learnedSoFar
    if (!before || mayReplace) return this.publish(learned)
    learned.ensemble.dispose()
    this.publish({ ...before, record: { ...before.record, stopReason: 'timeLimit' } })
  }

  /** Takes what a file held. */
  protected restore(learned: TabularLearned<T>, seed: number): void {
    this.adopt(learned, seed)
  }

  protected override publish(learned: TabularLearned<T>): void {
    this.#row = undefined
    super.publish(learned)
  }

  /** Outputs of rows, in the parts in which they were computed. `target` receives the cells of its column. */
  protected async outputs(
    rows: unknown,
    options: TabularRunOptions,
    call: string,
    target?: CellColumn,
  ): Promise<{ learned: TabularLearned<T>; parts: Matrix[] }> {
    const learned = this.learned(call)
    const signal = readRunSignal(options, `${call}()`)
    const parts: Matrix[] = []
    for (const part of (await encodeRows(rows, learned.encoder, signal, target)).parts) {
      parts.push(await learned.ensemble.predict(part, { signal }))
    }
    return { learned, parts }
  }

  /** Outputs of one row, on the spot; overwritten by the next call with the same `out`. */
  protected outputsSync(row: unknown, learned: TabularLearned<T>, out?: Float32Array): Float32Array {
    if (row === null || typeof row !== 'object' || Array.isArray(row)) {
      throw invalid('row', 'an object of values by column', row, 'For several rows use predict.')
    }
    this.#row ??= new Float32Array(learned.encoder.width)
    learned.encoder.encode(row, 0, this.#row, 0)
    return learned.ensemble.predictSync(this.#row, out)
  }

  /**
   * Outputs of rows that have the target, below each other, and the column of the target.
   * @throws ArgumentError for no rows.
   */
  protected async labelled(rows: unknown, options: TabularRunOptions) {
    const target = new CellColumn(this.learned('evaluate').schema.target!)
    const { learned, parts } = await this.outputs(rows, options, 'evaluate', target)
    if (parts.length === 0) throw new ArgumentError('Expected at least one row, but there are none.')
    return { learned, target, outputs: joined(parts, parts[0]!.cols) }
  }
}

function readRunSignal(options: TabularRunOptions, call: string): AbortSignal | undefined {
  checkOptions(options, call, optionKeys<TabularRunOptions>({ signal: true }))
  return options.signal === undefined ? undefined : checkSignal(options.signal)
}
