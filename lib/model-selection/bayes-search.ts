import { checkInteger, optionKeys } from '../base/check.js'
import { uniforms } from '../math/random.js'
import { type CandidateResult, statusOrder } from './candidates.js'
import type { Evaluation } from './evaluation.js'
import type { ModelLike } from './model.js'
import { proposeChoice, proposeShare } from './parzen.js'
import { Search } from './search.js'
import type { SearchOptions } from './search-options.js'
import type { SearchRun } from './search-run.js'
import { type Dimension, drawParams, fromUnit, readSpace, type SearchSpace, toUnit } from './space.js'
import type { StopLosers } from './stop-losers.js'

/** What `new BayesSearch` takes. */
export interface BayesSearchOptions<E extends ModelLike> extends SearchOptions<E> {
  /** The values of each parameter: a list, `{ low, high, log, integer }`, or `'auto'`. */
  params: SearchSpace
  /** The number of candidates; 30 by default. */
  nCandidates?: number | undefined
  /** The number of candidates at the beginning that are drawn at random; 10 by default. */
  nStartup?: number | undefined
  /** The number of candidates that are proposed at a time, from all results so far; 4 by default. */
  roundSize?: number | undefined
  /** Whether to stop candidates that score less than the best one on the same splits; false by default. */
  stopLosers?: boolean | StopLosers | undefined
}

/** The number of draws for each proposal, the best of which is proposed. */
const draws = 24

/**
 * A search that proposes values near good ones. After a random start, each parameter is drawn from the density of the best 15
 * per cent of the candidates so far (25 at most); of several draws, the one with the highest ratio to the density of the
 * other candidates is proposed.
 *
 * Source: Bergstra et al. 2011, "Algorithms for hyper-parameter optimization" (the tree-structured Parzen estimator).
 * @example
 * const { x, y } = datasets.digits().train
 * const search = new modelSelection.BayesSearch({
 *   estimator: new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 3, seed: 1 }),
 *   params: { learningRateInit: { low: 1e-4, high: 1, log: true } },
 *   nCandidates: 8,
 *   nStartup: 4,
 *   cv: 2,
 *   seed: 1,
 * })
 * await search.fit(x, y)
 */
export class BayesSearch<E extends ModelLike = ModelLike> extends Search<E> {
  readonly #dimensions: readonly Dimension[]
  readonly #count: number
  readonly #startup: number
  readonly #round: number

  /** @throws ArgumentError for wrong options, unknown parameters, empty lists and wrong ranges. */
  constructor(options: BayesSearchOptions<E>) {
    super(
      options,
      'BayesSearch',
      optionKeys<Omit<BayesSearchOptions<ModelLike>, keyof SearchOptions<ModelLike>>>({
        params: true,
        nCandidates: true,
        nStartup: true,
        roundSize: true,
        stopLosers: true,
      }),
      options?.stopLosers,
    )
    this.#dimensions = readSpace(options.params, this.model, 'params')
    this.#count = checkInteger(options.nCandidates ?? 30, 'nCandidates', { min: 1 })
    this.#startup = checkInteger(options.nStartup ?? 10, 'nStartup', { min: 1 })
    this.#round = checkInteger(options.roundSize ?? 4, 'roundSize', { min: 1 })
  }

  protected get subject(): object {
    return { dimensions: this.#dimensions, count: this.#count, startup: this.#startup, round: this.#round }
  }

  protected async run(run: SearchRun, { spec }: Evaluation): Promise<void> {
    run.total = this.#count * spec.splits.length
    const random = uniforms(this.seed)
    while (run.results.length < this.#count && !run.stopped) {
      const done = run.results.length
      const size = done === 0 ? this.#startup : this.#round
      const next = Array.from({ length: Math.min(size, this.#count - done) }, () => ({
        params: done === 0 ? drawParams(this.#dimensions, random) : this.#propose(run.results, random),
      }))
      await run.evaluate(next)
    }
  }

  #propose(results: readonly CandidateResult[], random: () => number): Record<string, unknown> {
    // A failed fit ranks last.
    const score = ({ mean }: CandidateResult) => (Number.isNaN(mean) ? -Infinity : mean)
    const ranked = [...results].sort(
      (a, b) =>
        statusOrder[a.status] - statusOrder[b.status] || (score(b) > score(a) ? 1 : score(b) < score(a) ? -1 : 0),
    )
    const goodCount = Math.max(1, Math.min(25, Math.ceil(0.15 * results.length)))
    const [good, other] = [ranked.slice(0, goodCount), ranked.slice(goodCount)]
    return Object.fromEntries(
      this.#dimensions.map(({ name, choices, numbers }) => {
        const points = (list: readonly CandidateResult[], toPoint: (value: unknown) => number) =>
          list.map(({ params }) => toPoint(params[name]))
        if (choices) {
          const toIndex = (value: unknown) => choices.indexOf(value)
          const index = proposeChoice(points(good, toIndex), points(other, toIndex), choices.length, draws, random)
          return [name, choices[index]]
        }
        const toShare = (value: unknown) => toUnit(numbers, value as number)
        return [name, fromUnit(numbers, proposeShare(points(good, toShare), points(other, toShare), draws, random))]
      }),
    )
  }
}
