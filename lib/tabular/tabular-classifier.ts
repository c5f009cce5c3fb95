import { checkNumber, checkOneOf, describe, invalid } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { restoreClasses } from '../estimators/classes.js'
import { loadEstimator } from '../estimators/file.js'
import type { Label, Widened } from '../learning/labels.js'
import type { OptionsOf } from '../learning/parameters.js'
import { readState, restoreList } from '../learning/restore.js'
import type { CellColumn } from './cell-column.js'
import { classOf } from './class-counts.js'
import {
  type ClassMetric,
  type ClassScores,
  classScores,
  classTask,
  isCountMetric,
  metricsOfClasses,
} from './class-task.js'
import type { DistillOptions } from './distill.js'
import { type ExplainOptions, type Explanation, explainRows, explanationOf, isRows } from './explain.js'
import { restoreModel } from './file.js'
import type { NotInferred } from './infer-schema.js'
import { chooseFactors } from './label-factors.js'
import { readFitOptions, type TabularFitOptions } from './options.js'
import type { TableRows } from './read-rows.js'
import type { Reading } from './reading.js'
import type { RowOf } from './schema.js'
import { definitionOf, TabularModel, type TabularRunOptions } from './tabular-model.js'
import { readClassTargets, readKnownLabels } from './targets.js'

/** Options of `new TabularClassifier` and `new TabularRegressor`. */
export type TabularOptions = OptionsOf<typeof TabularClassifier.parameters>

/** Options of the `explain` of a classifier. */
export interface ClassExplainOptions<C, R extends object> extends ExplainOptions<R> {
  /** The class whose probability is explained; by default the predicted one. */
  label?: C | undefined
  /** What contributions add up to: the probability, by default, or its log-odds ln(p / (1 - p)). */
  scale?: 'probability' | 'logOdds' | undefined
}

/** How the columns of a row contribute to the probability of a class. */
export interface ClassExplanation<C, R extends object> extends Explanation<R> {
  readonly label: C
  readonly scale: 'probability' | 'logOdds'
}

/** The labels that a column of type V holds. */
export type LabelIn<V> = [Extract<V, Label>] extends [never] ? Label : Widened<Extract<V, Label>>

/** The classes, sorted, and the factors of their probabilities where labels are chosen: all 1, if undefined. */
export interface ClassesLearned {
  readonly classes: readonly Label[]
  readonly factors?: readonly number[] | undefined
}

const definition = definitionOf('TabularClassifier')

/**
 * Learns labels from rows of mixed columns. Everything is learned from the rows: what the columns hold, how they are prepared, and
 * a network; some rows are held out to find the best epoch. Rows to predict may hold missing values and categories that
 * fit did not see.
 * @typeParam C the type of the labels, @typeParam R that of rows; fit infers both.
 * @example
 * const people = [
 *   ...Array.from({ length: 40 }, (_, i) => ({ age: 20 + i, job: i % 3 ? 'clerk' : 'nurse', moved: i > 20 ? 'yes' : 'no' })),
 * ]
 * const classifier = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(people, { target: 'moved' })
 * classifier.predictSync({ age: '58', job: null }) // 'yes'
 * classifier.predictProbaSync({ age: 21, job: 'pilot' }) // such as { no: 0.94, yes: 0.06 }
 */
export class TabularClassifier<
  C extends Label = Label,
  R extends object = Record<string, unknown>,
> extends TabularModel<ClassesLearned, R> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = definition.parameters

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: TabularOptions = {}) {
    super(definition, options)
  }

  /**
   * Learns from rows. Resolves to this model; also when the time limit ends training, which `stopReason` tells.
   * @param rows plain objects with one value for each column, in an iterable or async iterable; or a `Table`.
   * @param options.target the column of the labels: strings, whole numbers or booleans, none of them missing.
   * @throws ArgumentError with row and column for wrong rows, for a target that is constant or different in all rows, and for
   * wrong options; TrainingError; MlpError ERR_BUSY during another fit; the signal's reason.
   */
  async fit<F extends object, K extends keyof F & string>(
    rows: TableRows<F>,
    options: TabularFitOptions<NotInferred<F>, ClassMetric> & { target: K },
  ): Promise<TabularClassifier<LabelIn<F[K]>, F>> {
    await this.exclusively('fit', async () => {
      const settings = readFitOptions(options, metricsOfClasses)
      await this.run(rows, settings, 'classes', (target): Reading<ClassesLearned> => {
        const { classes, numbers } = readClassTargets(target)
        const { metric } = settings
        return {
          ...{ y: numbers, truth: numbers, strata: numbers, task: classTask(classes.length, metric) },
          readKnown(given) {
            const y = readKnownLabels(given, classes).numbers
            return { y, truth: y }
          },
          *finish(outputs, truth) {
            const y = truth as Int32Array
            if (!isCountMetric(metric)) return { targets: { classes } }
            const { factors, plain, crossed = null } = yield* chooseFactors(outputs, y, metric)
            const named = factors && Object.fromEntries(classes.map((label, k) => [String(label), factors[k]!]))
            return {
              targets: { classes, factors },
              labels: { factors: named, plain, crossed },
              score: classScores(outputs, y, factors)[metric],
            }
          },
        }
      })
    })
    return this as unknown as TabularClassifier<LabelIn<F[K]>, F>
  }

  /**
   * The classes, sorted.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get classes(): readonly C[] {
    return this.learned('read the classes').targets.classes as readonly C[]
  }

  /**
   * The label of each row, of the type that fit was given.
   * @throws ArgumentError with row and column for a row that does not fit the schema; MlpError ERR_NOT_FITTED.
   */
  async predict(rows: TableRows<RowOf<R>>, options: TabularRunOptions = {}): Promise<C[]> {
    const { learned, parts } = await this.outputs(rows, options, 'predict')
    const { classes, factors } = learned.targets
    return parts.flatMap((part) =>
      Array.from({ length: part.rows }, (_, i) => classes[classOf(part.row(i), factors)] as C),
    )
  }

  /**
   * The probability of each class, by its name, for each row: `[{ no: 0.93, yes: 0.07 }]`.
   * @throws as predict does.
   */
  async predictProba(rows: TableRows<RowOf<R>>, options: TabularRunOptions = {}): Promise<Record<`${C}`, number>[]> {
    const { learned, parts } = await this.outputs(rows, options, 'predictProba')
    const names = learned.targets.classes.map(String)
    return parts.flatMap((part) => Array.from({ length: part.rows }, (_, i) => named(names, part.row(i)))) as Record<
      `${C}`,
      number
    >[]
  }

  /**
   * The label of one row, on the spot.
   * @throws as predict does.
   */
  predictSync(row: RowOf<R>): C {
    const learned = this.learned('predict')
    const { classes, factors } = learned.targets
    return classes[classOf(this.outputsSync(row, learned), factors)] as C
  }

  /**
   * The probability of each class for one row, by its name, on the spot.
   * @throws as predict does.
   */
  predictProbaSync(row: RowOf<R>): Record<`${C}`, number> {
    const learned = this.learned('predict')
    return named(learned.targets.classes.map(String), this.outputsSync(row, learned)) as Record<`${C}`, number>
  }

  /**
   * How the columns of a row contribute to the probability of a class: Shapley values, which with `base` add up to `output`, the
   * probability that the model gives. For a row an explanation, for rows one each. Long work is done beside the event loop.
   * @param options.label the class; by default the predicted one.
   * @param options.scale with `'logOdds'` contributions add up to ln(p / (1 - p)), and base is the mean of that over the background rows.
   * @throws as predict does; ArgumentError for wrong options.
   */
  explain(rows: TableRows<RowOf<R>>, options?: ClassExplainOptions<C, R>): Promise<ClassExplanation<C, R>[]>
  explain(row: RowOf<R>, options?: ClassExplainOptions<C, R>): Promise<ClassExplanation<C, R>>
  async explain(
    rows: TableRows<RowOf<R>> | RowOf<R>,
    options: ClassExplainOptions<C, R> = {},
  ): Promise<ClassExplanation<C, R>[] | ClassExplanation<C, R>> {
    const learned = this.learned('explain')
    const { classes, factors } = learned.targets
    const scale = checkOneOf(options?.scale ?? 'probability', 'scale', ['probability', 'logOdds'] as const)
    const chosen = options?.label === undefined ? undefined : placeOf(options.label, classes)
    const read = scale === 'probability' ? (p: number) => p : logOddsOf
    const given = isRows(rows) ? rows : [rows]
    const all = await explainRows(given, learned, options, ['label', 'scale'], this.seed, read)
    const explanations = all.map((values) => {
      const k = chosen ?? classOf(values.output, factors)
      return { label: classes[k] as C, scale, ...(explanationOf(learned, values, k) as Explanation<R>) }
    })
    return given === rows ? explanations : explanations[0]!
  }

  /**
   * A classifier with one small network that gives the probabilities of this one, for single rows in microseconds. A fifth of the rows is
   * held out; `report.distillation` tells how near it is, and the scores of both.
   * @param rows such as those of fit, the more the better; labels are not needed. This model's probabilities are learned from them.
   * @throws ArgumentError with row and column for a row that does not fit the schema, for fewer than ten rows, and for wrong options;
   * MlpError ERR_NOT_FITTED; the signal's reason.
   */
  async distill(rows: TableRows<RowOf<R>>, options: DistillOptions = {}): Promise<TabularClassifier<C, R>> {
    return this.distilled(rows, options, true)
  }

  /**
   * Scores of rows that have the target.
   * @throws as predict does; ArgumentError for a label that fit did not see, or no rows.
   */
  async evaluate(rows: TableRows<RowOf<R>>, options: TabularRunOptions = {}): Promise<ClassScores> {
    const { learned, target, outputs } = await this.labelled(rows, options)
    const { classes, factors } = learned.targets
    return classScores(outputs, readKnownLabels(target, classes).numbers, factors)
  }

  /**
   * Reads a model that `save` wrote. The type parameters are not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static async load<C extends Label = Label, R extends object = Record<string, unknown>>(
    source: string | Uint8Array,
  ): Promise<TabularClassifier<C, R>> {
    return loadEstimator(source, definition, async (file) => {
      // Files without factors are of before there were any, or of other metrics.
      const json = { factors: null, ...Object(file.learned.targets) }
      const saved = readState(json, ['classes', 'factors'], 'targets')
      const classes = restoreClasses(saved.classes)
      const factors = saved.factors === null ? undefined : restoreFactors(saved.factors, classes.length)
      const model = new TabularClassifier<C, R>(file.params)
      model.restore({ ...(await restoreModel(file, classes.length)), targets: { classes, factors } }, file.seed)
      return model
    })
  }

  protected knownTargets(target: CellColumn, { classes }: ClassesLearned): Int32Array {
    return readKnownLabels(target, classes).numbers
  }

  protected updatedTargets(targets: ClassesLearned): ClassesLearned {
    return targets
  }

  protected distilledTargets(targets: ClassesLearned, teacher: Matrix, student: Matrix) {
    let others = 0
    const labelOf = (outputs: Matrix, i: number) => classOf(outputs.row(i), targets.factors)
    for (let i = 0; i < teacher.rows; i++) if (labelOf(teacher, i) !== labelOf(student, i)) others++
    return { targets, difference: others / teacher.rows }
  }

  protected recordTargets({ classes, factors }: ClassesLearned) {
    return { json: { classes, ...(factors && { factors }) }, tensors: {} }
  }
}

/** @throws ArgumentError for factors that are not above 0, or not one for each class. */
function restoreFactors(json: unknown, classes: number): number[] {
  return restoreList(json, 'factors', classes, (factor, label) => checkNumber(factor, label, { above: 0 }))
}

function placeOf(label: unknown, classes: readonly Label[]): number {
  const place = classes.indexOf(label as Label)
  if (place >= 0) return place
  const some = classes.slice(0, 10).map(describe).join(', ')
  throw invalid('label', `one of the classes ${some}${classes.length > 10 ? ', ...' : ''}`, label)
}

/** Nearer to 0 and 1, probabilities in float32 do not tell log-odds. */
const nearest = 1e-7

function logOddsOf(p: number): number {
  const inside = Math.min(Math.max(p, nearest), 1 - nearest)
  return Math.log(inside / (1 - inside))
}

/** Probabilities by the names of classes, of which one may be `__proto__`. */
function named(names: readonly string[], outputs: Float32Array): Record<string, number> {
  return Object.fromEntries(names.map((name, k) => [name, outputs[k]!]))
}
