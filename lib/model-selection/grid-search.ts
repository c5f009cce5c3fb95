import { invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Evaluation } from './evaluation.js'
import type { ModelLike } from './model.js'
import { Search } from './search.js'
import type { SearchOptions } from './search-options.js'
import type { SearchRun } from './search-run.js'
import { combinations, type ParameterGrid, readSpace } from './space.js'
import type { StopLosers } from './stop-losers.js'

/** What `new GridSearch` takes. */
export interface GridSearchOptions<E extends ModelLike> extends SearchOptions<E> {
  /** Lists of values by the name of the parameter (`step.parameter` in a pipeline), or several such grids. */
  params: ParameterGrid | readonly ParameterGrid[]
  /** Whether to stop candidates that score less than the best one on the same splits; false by default. */
  stopLosers?: boolean | StopLosers | undefined
}

/**
 * A search over all combinations of values. scikit-learn's GridSearchCV.
 * @example
 * const { x, y } = datasets.digits().train
 * const search = new modelSelection.GridSearch({
 *   estimator: new MLPClassifier({ maxIter: 3, seed: 1 }),
 *   params: { hiddenLayerSizes: [[8], [16]], learningRateInit: [0.01] },
 *   cv: 2,
 * })
 * await search.fit(x, y)
 * console.log(search.bestParams, search.bestScore)
 */
export class GridSearch<E extends ModelLike = ModelLike> extends Search<E> {
  readonly #candidates: readonly Record<string, unknown>[]

  /** @throws ArgumentError for wrong options, unknown parameters and empty lists. */
  constructor(options: GridSearchOptions<E>) {
    super(
      options,
      'GridSearch',
      optionKeys<Omit<GridSearchOptions<ModelLike>, keyof SearchOptions<ModelLike>>>({
        params: true,
        stopLosers: true,
      }),
      options?.stopLosers,
    )
    const { params } = options
    const grids: readonly unknown[] = Array.isArray(params) ? params : [params]
    if (grids.length === 0) throw new ArgumentError('Expected at least one grid for params, but the list is empty.')
    this.#candidates = grids.flatMap((grid, k) => {
      const name = Array.isArray(params) ? `params[${k}]` : 'params'
      const dimensions = readSpace(grid, this.model, name)
      const range = dimensions.find(({ choices }) => !choices)
      if (range)
        throw invalid(`${range.name} of ${name}`, 'a list of values', range.numbers, 'RandomSearch takes ranges.')
      return [...combinations(dimensions)]
    })
  }

  protected get subject(): object {
    return { candidates: this.#candidates }
  }

  protected async run(run: SearchRun, { spec }: Evaluation): Promise<void> {
    run.total = this.#candidates.length * spec.splits.length
    await run.evaluate(this.#candidates.map((params) => ({ params })))
  }
}
