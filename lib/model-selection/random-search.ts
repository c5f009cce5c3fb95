import { checkInteger, optionKeys } from '../base/check.js'
import { sampleWithoutReplacement, uniforms } from '../math/random.js'
import type { Evaluation } from './evaluation.js'
import type { ModelLike } from './model.js'
import { Search } from './search.js'
import type { SearchOptions } from './search-options.js'
import type { SearchRun } from './search-run.js'
import { combinationAt, type Dimension, drawParams, readSpace, type SearchSpace, sizeOf } from './space.js'
import type { StopLosers } from './stop-losers.js'

/** What `new RandomSearch` takes. */
export interface RandomSearchOptions<E extends ModelLike> extends SearchOptions<E> {
  /** The values of each parameter: a list, `{ low, high, log, integer }`, or `'auto'`. */
  params: SearchSpace
  /** The number of candidates; 10 by default. */
  nCandidates?: number | undefined
  /** Whether to stop candidates that score less than the best one on the same splits; false by default. */
  stopLosers?: boolean | StopLosers | undefined
}

/**
 * A search over random values, drawn independently for each parameter. If all parameters are lists, no combination repeats.
 * scikit-learn's RandomizedSearchCV.
 *
 * Source: Bergstra and Bengio 2012, "Random search for hyper-parameter optimization".
 * @example
 * const { x, y } = datasets.digits().train
 * const search = new modelSelection.RandomSearch({
 *   estimator: new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 3, seed: 1 }),
 *   params: { learningRateInit: { low: 1e-3, high: 1e-1, log: true }, alpha: 'auto' },
 *   nCandidates: 3,
 *   cv: 2,
 *   seed: 1,
 * })
 * await search.fit(x, y)
 */
export class RandomSearch<E extends ModelLike = ModelLike> extends Search<E> {
  readonly #dimensions: readonly Dimension[]
  readonly #count: number

  /** @throws ArgumentError for wrong options, unknown parameters, empty lists and wrong ranges. */
  constructor(options: RandomSearchOptions<E>) {
    super(
      options,
      'RandomSearch',
      optionKeys<Omit<RandomSearchOptions<ModelLike>, keyof SearchOptions<ModelLike>>>({
        params: true,
        nCandidates: true,
        stopLosers: true,
      }),
      options?.stopLosers,
    )
    this.#dimensions = readSpace(options.params, this.model, 'params')
    this.#count = checkInteger(options.nCandidates ?? 10, 'nCandidates', { min: 1 })
  }

  protected get subject(): object {
    return { dimensions: this.#dimensions, count: this.#count }
  }

  protected async run(run: SearchRun, { spec }: Evaluation): Promise<void> {
    const candidates = drawCandidates(this.#dimensions, this.#count, this.seed)
    run.total = candidates.length * spec.splits.length
    await run.evaluate(candidates.map((params) => ({ params })))
  }
}

/** Draws `count` candidates, or all combinations if there are fewer. */
export function drawCandidates(
  dimensions: readonly Dimension[],
  count: number,
  seed: number,
): Record<string, unknown>[] {
  const random = uniforms(seed)
  const combinations = sizeOf(dimensions)
  if (combinations === Infinity) return Array.from({ length: count }, () => drawParams(dimensions, random))
  return Array.from(sampleWithoutReplacement(combinations, Math.min(combinations, count), random), (k) =>
    combinationAt(dimensions, k),
  )
}
