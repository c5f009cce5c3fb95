import { checkBoolean, checkInteger, checkNumber, checkString, invalid, mismatch } from '../base/check.js'
import { native } from '../native/addon.js'
import { isAhead } from './candidates.js'
import type { Evaluation } from './evaluation.js'
import { isClassifier, type ModelLike } from './model.js'
import { drawCandidates } from './random-search.js'
import { countRows, type RowsLike } from './rows.js'
import { Search } from './search.js'
import type { SearchOptions } from './search-options.js'
import type { SearchRun } from './search-run.js'
import { combinations, type Dimension, readSpace, type SearchSpace, sizeOf } from './space.js'

/** What `new HalvingSearch` takes. */
export interface HalvingSearchOptions<E extends ModelLike> extends SearchOptions<E> {
  /** Values by the name of the parameter: a list, `{ low, high, log, integer }`, or `'auto'`. */
  params: SearchSpace
  /** How many candidates to draw; all combinations when missing, which ranges do not have. */
  nCandidates?: number | undefined
  /** One of so many candidates gets on to the next round, with so many times the resource; above 1, and 3 by default. */
  factor?: number | undefined
  /** What a round has more of: `'rows'` to train with, the default, or a parameter that is a count, such as `'maxIter'`. */
  resource?: string | undefined
  /**
   * What the first round has: a count; `'exhaust'`, the default, so that the last round has all; or `'smallest'`: of rows 2 a split and
   * class, else 1.
   */
  minResources?: number | 'exhaust' | 'smallest' | undefined
  /** What the last round has at most: all rows when missing; another resource needs it. */
  maxResources?: number | undefined
  /** Whether the first rounds repeat the least resource until few enough are left for the last one; false by default. */
  aggressiveElimination?: boolean | undefined
}

const keys = ['params', 'nCandidates', 'factor', 'resource', 'minResources', 'maxResources', 'aggressiveElimination']

/**
 * Tries many candidates with little, and those that did best with more, round by round (successive halving). The best is the first of the last
 * round. Jamieson and Talwalkar 2016, Non-stochastic best arm identification. Rounds are scikit-learn's HalvingGridSearchCV's.
 * @example
 * const { x, y } = datasets.digits().train
 * const search = new modelSelection.HalvingSearch({
 *   estimator: new MLPClassifier({ hiddenLayerSizes: [8], seed: 1 }),
 *   params: { learningRateInit: [1e-4, 1e-3, 1e-2, 1e-1] },
 *   resource: 'maxIter',
 *   maxResources: 6,
 *   factor: 2,
 *   cv: 2,
 * })
 * await search.fit(x, y)
 */
export class HalvingSearch<E extends ModelLike = ModelLike> extends Search<E> {
  readonly #dimensions: readonly Dimension[]
  readonly #count: number | undefined
  readonly #factor: number
  readonly #resource: string
  readonly #least: number | 'exhaust' | 'smallest'
  readonly #most: number | undefined
  readonly #aggressive: boolean

  /** @throws ArgumentError for wrong options, unknown parameters, empty lists and wrong ranges. */
  constructor(options: HalvingSearchOptions<E>) {
    super(options, 'HalvingSearch', keys)
    const { nCandidates, minResources = 'exhaust', maxResources } = options
    this.#dimensions = readSpace(options.params, this.model, 'params')
    this.#count = nCandidates === undefined ? undefined : checkInteger(nCandidates, 'nCandidates', { min: 1 })
    if (this.#count === undefined && sizeOf(this.#dimensions) === Infinity) {
      throw invalid('nCandidates', 'how many candidates to draw, since params has a range', nCandidates)
    }
    this.#factor = checkNumber(options.factor ?? 3, 'factor', { above: 1 })
    this.#resource = checkString(options.resource ?? 'rows', 'resource')
    this.#least =
      minResources === 'exhaust' || minResources === 'smallest'
        ? minResources
        : checkInteger(minResources, 'minResources', { min: 1 })
    this.#most = maxResources === undefined ? undefined : checkInteger(maxResources, 'maxResources', { min: 1 })
    this.#aggressive = checkBoolean(options.aggressiveElimination ?? false, 'aggressiveElimination')
    this.#checkResource()
  }

  protected get subject(): object {
    const own = { resource: this.#resource, least: this.#least, most: this.#most, aggressive: this.#aggressive }
    return { dimensions: this.#dimensions, count: this.#count, factor: this.#factor, ...own }
  }

  protected async run(run: SearchRun, evaluation: Evaluation): Promise<void> {
    let left =
      this.#count === undefined
        ? [...combinations(this.#dimensions)]
        : drawCandidates(this.#dimensions, this.#count, this.seed)
    const { splits } = evaluation.spec
    const rounds = this.#rounds(left.length, evaluation)
    run.total = rounds.reduce((sum, { candidates }) => sum + candidates * splits.length, 0)
    for (const [round, { resource, candidates: count }] of rounds.entries()) {
      const { own, ...part } = this.#more(resource, evaluation)
      const candidates = left.map((params) => ({ params: { ...params, ...own }, round, resource, ...part }))
      const results = await run.evaluate(candidates)
      if (run.stopped) return
      const next = rounds[round + 1]?.candidates ?? count
      const ranked = [...results].sort((a, b) => (isAhead(a, Number.isNaN(b.mean) ? undefined : b) ? -1 : 1))
      left = ranked.slice(0, next).map(({ params }) => params)
    }
  }

  #checkResource(): void {
    if (this.#resource === 'rows') return
    const known = Object.keys(this.model.getParams())
    if (!known.includes(this.#resource))
      throw invalid('resource', `'rows' or a parameter of the estimator`, this.#resource)
    if (this.#dimensions.some(({ name }) => name === this.#resource)) {
      throw mismatch('resource', 'a parameter that is not in params', `"${this.#resource}"`)
    }
    if (this.#most === undefined) throw invalid('maxResources', `how much of ${this.#resource} there is`, undefined)
  }

  /** What each round has, and how many candidates: scikit-learn's schedule. */
  #rounds(count: number, { spec }: Evaluation): { resource: number; candidates: number }[] {
    const factor = this.#factor
    const rows = countRows(spec.x, 'x')
    const byRows = this.#resource === 'rows'
    const most = this.#most ?? rows
    if (byRows && most > rows) throw mismatch('maxResources', `at most ${rows}, the number of rows`, `${most}`)
    const classes = isClassifier(this.model) ? new Set(spec.y as Iterable<unknown>).size : 1
    const smallest = byRows ? spec.splits.length * 2 * classes : 1
    const needed = 1 + Math.floor(logOf(count, factor))
    const exhausting = Math.max(smallest, Math.floor(most / factor ** (needed - 1)))
    const least = this.#least === 'exhaust' ? exhausting : this.#least === 'smallest' ? smallest : this.#least
    if (least > most) throw mismatch('minResources', `at most ${most}, as maxResources`, `${least}`)
    const possible = 1 + Math.floor(logOf(Math.floor(most / least), factor))
    const rounds = this.#aggressive ? needed : Math.min(possible, needed)
    let candidates = count
    return Array.from({ length: rounds }, (_, k) => {
      const power = this.#aggressive ? Math.max(0, k - needed + possible) : k
      const round = { resource: Math.min(most, Math.floor(factor ** power * least)), candidates }
      candidates = Math.ceil(candidates / factor)
      return round
    })
  }

  /** What a round sets: a parameter, or the part of each split's training rows. Those of a round are among those of the next. */
  #more(resource: number, { spec }: Evaluation): { own?: Record<string, unknown>; subsets?: Uint32Array[] } {
    if (this.#resource !== 'rows') return { own: { [this.#resource]: resource } }
    const rows = countRows(spec.x as RowsLike, 'x')
    const subsets = spec.splits.map(({ train }, split) => {
      const wanted = Math.max(1, Math.floor((train.length * resource) / rows))
      if (wanted >= train.length) return train
      const order = native.permutation(train.length, this.seed, split)
      return order
        .slice(0, wanted)
        .sort()
        .map((k) => train[k]!)
    })
    return { subsets }
  }
}

/** What is whole but for rounding is whole. */
function logOf(value: number, base: number): number {
  return Math.log(value) / Math.log(base) + 1e-12
}
