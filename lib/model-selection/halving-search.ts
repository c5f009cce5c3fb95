import type { Work } from '../base/breathing.js'
import { checkBoolean, checkInteger, checkNumber, checkString, invalid, mismatch, optionKeys } from '../base/check.js'
import { isNumberArray, Matrix } from '../base/matrix.js'
import { Table } from '../table/table.js'
import { isAhead } from './candidates.js'
import type { Evaluation } from './evaluation.js'
import { isClassifier, type ModelLike } from './model.js'
import { drawCandidates } from './random-search.js'
import { countRows, type RowsLike, randomRows } from './rows.js'
import { Search } from './search.js'
import type { SearchOptions } from './search-options.js'
import type { SearchRun } from './search-run.js'
import { combinations, type Dimension, readSpace, type SearchSpace, sizeOf } from './space.js'

/** What `new HalvingSearch` takes. */
export interface HalvingSearchOptions<E extends ModelLike> extends SearchOptions<E> {
  /** The values of each parameter: a list, `{ low, high, log, integer }`, or `'auto'`. */
  params: SearchSpace
  /** The number of candidates to draw; all combinations by default. Required if a parameter is a range. */
  nCandidates?: number | undefined
  /** One in `factor` candidates reaches the next round, with `factor` times the resource; above 1, and 3 by default. */
  factor?: number | undefined
  /** What grows from round to round: the training `'rows'`, by default, or a parameter that is a count, such as `'maxIter'`. */
  resource?: string | undefined
  /**
   * The resource of the first round: a count; `'exhaust'`, by default, the count for which the last round has `maxResources`;
   * or `'smallest'`, 2 rows for each split and class, 1 of other resources.
   */
  minResources?: number | 'exhaust' | 'smallest' | undefined
  /** Upper bound on the resource of the last round: all rows by default; required for other resources. */
  maxResources?: number | undefined
  /** Whether to repeat rounds with the least resource until few enough candidates are left; false by default. */
  aggressiveElimination?: boolean | undefined
}

const keys = optionKeys<Omit<HalvingSearchOptions<ModelLike>, keyof SearchOptions<ModelLike>>>({
  params: true,
  nCandidates: true,
  factor: true,
  resource: true,
  minResources: true,
  maxResources: true,
  aggressiveElimination: true,
})

/**
 * A search that tries many candidates with few resources, and the best of them with more, round by round (successive halving).
 * The best candidate is the first of the last round. Rounds are those of scikit-learn's HalvingGridSearchCV.
 *
 * Source: Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".
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
    const resources = { resource: this.#resource, least: this.#least, most: this.#most, aggressive: this.#aggressive }
    return { dimensions: this.#dimensions, count: this.#count, factor: this.#factor, ...resources }
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
      const drawn = await run.prepare(this.#resources(resource, evaluation))
      if (!drawn) return
      const { roundParams, subsets } = drawn
      const candidates = left.map((params) => ({ params: { ...params, ...roundParams }, round, resource, subsets }))
      const results = await run.evaluate(candidates)
      if (run.stopped) return
      const next = rounds[round + 1]?.candidates ?? count
      const ranked = [...results].sort((a, b) => (isAhead(a, Number.isNaN(b.mean) ? undefined : b) ? -1 : 1))
      left = ranked.slice(0, next).map(({ params }) => params)
    }
  }

  #checkResource(): void {
    if (this.#resource === 'rows') return
    if (!Object.keys(this.model.getParams()).includes(this.#resource)) {
      throw invalid('resource', `'rows' or a parameter of the estimator`, this.#resource)
    }
    if (this.#dimensions.some(({ name }) => name === this.#resource)) {
      throw mismatch('resource', 'a parameter that is not in params', `"${this.#resource}"`)
    }
    if (this.#most === undefined) throw invalid('maxResources', `the most ${this.#resource} of a round`, undefined)
  }

  /** The resource and the number of candidates of each round, as in scikit-learn. */
  #rounds(count: number, { spec }: Evaluation): { resource: number; candidates: number }[] {
    const factor = this.#factor
    const rows = countRows(spec.x, 'x')
    const byRows = this.#resource === 'rows'
    const most = this.#most ?? rows
    if (byRows && most > rows) throw mismatch('maxResources', `at most ${rows}, the number of rows`, `${most}`)
    const classes = isClassifier(this.model) ? countLabels(spec.y) : 1
    const smallest = byRows ? spec.splits.length * 2 * classes : 1
    const needed = 1 + Math.floor(logarithm(count, factor))
    const exhausting = Math.max(smallest, Math.floor(most / factor ** (needed - 1)))
    const least = this.#least === 'exhaust' ? exhausting : this.#least === 'smallest' ? smallest : this.#least
    if (least > most) throw mismatch('minResources', `at most ${most}, as maxResources`, `${least}`)
    const possible = 1 + Math.floor(logarithm(Math.floor(most / least), factor))
    const rounds = this.#aggressive ? needed : Math.min(possible, needed)
    let candidates = count
    return Array.from({ length: rounds }, (_, k) => {
      const power = this.#aggressive ? Math.max(0, k - needed + possible) : k
      const round = { resource: Math.min(most, Math.floor(factor ** power * least)), candidates }
      candidates = Math.ceil(candidates / factor)
      return round
    })
  }

  /** The parameter that a round sets, or its subset of each split's training rows, which is a part of the next round's. */
  *#resources(resource: number, { spec }: Evaluation): Work<{ roundParams?: object; subsets?: Uint32Array[] }> {
    if (this.#resource !== 'rows') return { roundParams: { [this.#resource]: resource } }
    const rows = countRows(spec.x, 'x')
    const subsets: Uint32Array[] = []
    for (const [split, { train }] of spec.splits.entries()) {
      const count = Math.max(1, Math.floor((train.length * resource) / rows))
      subsets.push(count >= train.length ? train : yield* randomRows(train, count, this.seed, split))
    }
    return { subsets }
  }
}

/** The number of different labels; for rows of several labels, 0 and 1, it is 2, as in scikit-learn. */
function countLabels(y: RowsLike): number {
  if (y instanceof Table) throw invalid('y', 'an array of labels or a Matrix', y)
  const values = y instanceof Matrix ? y.data : (y as readonly unknown[])
  const labels = new Set<unknown>()
  for (const value of values) {
    if (!Array.isArray(value) && !isNumberArray(value)) labels.add(value)
    else for (const label of value) labels.add(label)
  }
  return labels.size
}

/** The logarithm, with a margin that rounds results just below an integer up to it. */
function logarithm(value: number, base: number): number {
  return Math.log(value) / Math.log(base) + 1e-12
}
