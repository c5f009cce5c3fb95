import { rowBlocks, runBreathing, runNow, type Work } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { inside } from '../estimators/inside.js'
import type { Label } from '../learning/labels.js'
import { choiceParameter, type Parameter, type ParameterTable } from '../learning/parameters.js'
import { hasMethod, supports } from '../learning/supports.js'
import { wrapped } from '../learning/wrapped.js'
import type { CategoricalRow } from '../preprocessing/index.js'
import { ClassifierWrapper, type RowLabels } from './classifier-wrapper.js'
import { classifierParameter, findResponse, type ResponseMethod, respond, respondSync } from './response.js'
import { callOf, signalOf } from './run.js'
import type { ClassifierLike, EstimatorLike } from './steps.js'
import type { PipelineInput, ResultOf, RowResultOf, TableResultOf } from './types.js'

/** The parameters of all classifiers that decide by a threshold. */
export const thresholdParameters = {
  estimator: classifierParameter,
  posLabel: {
    default: null,
    description: 'The positive label: rows of at least the threshold get it. null: the second of the sorted two.',
    takes: 'a string, a finite number, true, false or null',
    read(value, name) {
      const isLabel = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
      if (value === null || isLabel) return value as Label | null
      throw invalid(name, 'a string, a finite number, true, false or null', value)
    },
  } satisfies Parameter<Label | null> as Parameter<Label | null>,
  responseMethod: choiceParameter('auto', ['auto', 'predictProba', 'decisionFunction'], {
    description:
      'What the threshold is compared with: probabilities of the positive label, or weighted sums; auto: probabilities if the ' +
      'classifier has them.',
  }),
}

/** Options of all classifiers that decide by a threshold. */
export interface ThresholdOptions<E extends ClassifierLike = ClassifierLike> {
  /** The classifier of two classes, or a pipeline with one. */
  estimator: E
  /** The positive label: rows of at least the threshold get it. null, the default: the second of the sorted two. */
  posLabel?: Label | null | undefined
  /**
   * What the threshold is compared with: probabilities of the positive label, or weighted sums. `'auto'`, the default:
   * probabilities if the classifier has them.
   */
  responseMethod?: 'auto' | 'predictProba' | 'decisionFunction' | undefined
}

/** What training leaves in a classifier that decides by a threshold. */
export interface LearnedThreshold {
  readonly estimator: EstimatorLike
  /** Two, sorted. */
  readonly classes: readonly Label[]
}

/** What decides: the positive one of two classes, and the method. */
export interface Decision {
  readonly classes: readonly Label[]
  readonly positive: 0 | 1
  readonly response: ResponseMethod
}

/**
 * Reads what decides from parameters.
 * @throws ArgumentError for other than two classes, a posLabel that is none of them, or a classifier without the method.
 */
export function readDecision(
  estimator: object,
  classes: readonly Label[],
  { posLabel, responseMethod }: { posLabel: Label | null; responseMethod: 'auto' | ResponseMethod },
): Decision {
  if (classes.length !== 2) throw mismatch('y', 'labels of two classes for a threshold', `${classes.length} classes`)
  const positive = posLabel === null ? 1 : classes.indexOf(posLabel)
  if (positive === -1) throw invalid('posLabel', `one of the labels ${classes.map(describe).join(', ')}`, posLabel)
  const methods = responseMethod === 'auto' ? (['predictProba', 'decisionFunction'] as const) : [responseMethod]
  return { classes, positive: positive as 0 | 1, response: findResponse(estimator, methods) }
}

/** The score of the positive label of each row. */
export function* positiveScores({ data, rows, cols }: Matrix, { positive, response }: Decision): Work<Float64Array> {
  const values = new Float64Array(rows)
  const isSum = response === 'decisionFunction' && cols === 1
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      values[i] = isSum ? data[i]! * (positive === 1 ? 1 : -1) : data[i * cols + positive]!
    }
  })
  return values
}

/** A fitted classifier that decides by a threshold, whatever it holds. */
export interface AnyThresholdClassifier {
  readonly estimator: object
  /** @internal */
  [inside](): Decision & { readonly threshold: number }
}

/** The base of classifiers that decide between two classes by a threshold. */
export abstract class ThresholdWrapper<
  E,
  T extends ParameterTable,
  L extends LearnedThreshold,
> extends ClassifierWrapper<E, T, L> {
  /** The threshold, and what it is compared with. */
  protected abstract decision(learned: L): Decision & { readonly threshold: number }

  /**
   * The probability of each class, as the classifier has it: the threshold does not change it.
   * @throws ArgumentError for wrong data, or a classifier without probabilities; MlpError ERR_NOT_FITTED.
   */
  async predictProba(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'predictProba'>>> {
    return (await this.#pass('predictProba')(x, ...(options ? [options] : []))) as Awaited<ResultOf<E, 'predictProba'>>
  }

  /** The probability of each class for one row, or those of a table, on the spot. */
  predictProbaSync(row: CategoricalRow): RowResultOf<E, 'predictProbaSync'>
  predictProbaSync(table: PipelineInput): TableResultOf<E, 'predictProbaSync'>
  predictProbaSync(
    x: PipelineInput | CategoricalRow,
  ): RowResultOf<E, 'predictProbaSync'> | TableResultOf<E, 'predictProbaSync'> {
    return this.#pass('predictProbaSync')(x) as RowResultOf<E, 'predictProbaSync'>
  }

  /** The weighted sums of rows, if the classifier has them. */
  async decisionFunction(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'decisionFunction'>>> {
    return (await this.#pass('decisionFunction')(x, ...(options ? [options] : []))) as Awaited<
      ResultOf<E, 'decisionFunction'>
    >
  }

  /** The weighted sums of one row, or those of a table, on the spot. */
  decisionFunctionSync(row: CategoricalRow): RowResultOf<E, 'decisionFunctionSync'>
  decisionFunctionSync(table: PipelineInput): TableResultOf<E, 'decisionFunctionSync'>
  decisionFunctionSync(
    x: PipelineInput | CategoricalRow,
  ): RowResultOf<E, 'decisionFunctionSync'> | TableResultOf<E, 'decisionFunctionSync'> {
    return this.#pass('decisionFunctionSync')(x) as RowResultOf<E, 'decisionFunctionSync'>
  }

  /**
   * The fitted clone of the classifier.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get estimator(): E {
    return this.learned('read the estimator').estimator as E
  }

  /** @internal */
  [inside](): Decision & { readonly threshold: number } {
    return this.decision(this.learned('export'))
  }

  /** @internal */
  get [wrapped](): EstimatorLike {
    return this.learnedSoFar?.estimator ?? (this.params as unknown as { estimator: EstimatorLike }).estimator
  }

  /** @internal Predictions are its own, the rest is the classifier's. */
  [supports](name: string): boolean {
    return name.startsWith('predict') && !name.includes('Proba') ? true : hasMethod(this[wrapped], name)
  }

  protected override shownParams(): object {
    return { ...super.shownParams(), estimator: this[wrapped] }
  }

  protected override inner({ estimator }: L): EstimatorLike {
    return estimator
  }

  protected override async label(learned: L, x: unknown, options: object): Promise<Label[]> {
    const decision = this.decision(learned)
    const scores = await respond(learned.estimator, decision.response, x, options)
    return runBreathing(labelsBy(scores, decision), signalOf(options))
  }

  protected override labelSync(learned: L, x: unknown): RowLabels {
    const decision = this.decision(learned)
    const { scores, isRow } = respondSync(learned.estimator, decision.response, x)
    return { labels: runNow(labelsBy(scores, decision)), isRow }
  }

  #pass(name: string): (...args: unknown[]) => unknown {
    return callOf(this.learned('predict').estimator, name)
  }
}

function* labelsBy(scores: Matrix, decision: Decision & { readonly threshold: number }): Work<Label[]> {
  const { classes, positive, threshold } = decision
  const labels = new Array<Label>(scores.rows)
  const values = yield* positiveScores(scores, decision)
  yield* rowBlocks(labels.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) labels[i] = classes[values[i]! >= threshold ? positive : 1 - positive]!
  })
  return labels
}
