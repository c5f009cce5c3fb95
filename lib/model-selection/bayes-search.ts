import { checkInteger } from '../base/check.js'
import { uniforms } from '../math/random.js'
import type { CandidateResult } from './candidates.js'
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
  /** Values by the name of the parameter: a list, `{ low, high, log, integer }`, or `'auto'`. */
  params: SearchSpace
  /** How many candidates to try; 30 by default. */
  nCandidates?: number | undefined
  /** How many of them are drawn at random first; 10 by default. */
  nStartup?: number | undefined
  /** How many candidates are proposed at a time, from all results before; 4 by default. */
  roundSize?: number | undefined
  /** Gives candidates up that do worse than the best on the same splits; false by default. */
  stopLosers?: boolean | StopLosers | undefined
}

/** Draws of which the best is proposed. */
const tries = 24

/**
 * Tries values where those that did well were: after a random start each parameter is drawn from the density of the best 15 per cent of the
 * candidates so far (25 at most), and the draw is taken that is likeliest among them and unlikeliest among the others. Bergstra et al. 2011,
 * Algorithms for hyper-parameter optimization (the tree-structured Parzen estimator).
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
    super(options, 'BayesSearch', ['params', 'nCandidates', 'nStartup', 'roundSize', 'stopLosers'], options?.stopLosers)
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
    // A fit that failed did worst.
    const value = ({ mean }: CandidateResult) => (Number.isNaN(mean) ? -Infinity : mean)
    const order = { done: 0, lost: 1, unfinished: 2 }
    const ranked = [...results].sort(
      (a, b) => order[a.status] - order[b.status] || (value(b) > value(a) ? 1 : value(b) < value(a) ? -1 : 0),
    )
    const best = Math.max(1, Math.min(25, Math.ceil(0.15 * results.length)))
    const [good, other] = [ranked.slice(0, best), ranked.slice(best)]
    return Object.fromEntries(
      this.#dimensions.map(({ name, choices, numbers }) => {
        const of = (list: readonly CandidateResult[], at: (value: unknown) => number) =>
          list.map(({ params }) => at(params[name]))
        if (choices) {
          const at = (taken: unknown) => choices.indexOf(taken)
          return [name, choices[proposeChoice(of(good, at), of(other, at), choices.length, tries, random)]]
        }
        const at = (taken: unknown) => toUnit(numbers, taken as number)
        return [name, fromUnit(numbers, proposeShare(of(good, at), of(other, at), tries, random))]
      }),
    )
  }
}
