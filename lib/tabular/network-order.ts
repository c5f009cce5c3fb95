import { epochsWithin } from './epochs-within.js'
import type { NetworkJob, NetworkTrainer, Split } from './network-trainer.js'
import type { Recipe } from './recipes.js'
import { TimePlan } from './time-plan.js'
import { type Length, lengthOf } from './train.js'

/** Networks to put in order: each recipe on each split. */
export interface OrderOptions {
  readonly recipes: readonly Recipe[]
  readonly splits: readonly Split[]
  /** The number of recipes that are trained on each split before others begin; all by default. */
  readonly core?: number | undefined
  readonly seed: number
  readonly concurrency: number
  readonly deadline: number
  readonly isStopped: () => boolean
}

/** A network to train, and how much of it is done. */
export interface Place {
  readonly key: string
  readonly job: NetworkJob
  /** The number of its recipe. */
  readonly recipe: number
  readonly length: Length
  /** Rows to train with, at most. */
  readonly rows: number
}

/** The numbers of a recipe and a split. */
type Numbers = readonly [recipe: number, split: number]

/** The share of the time that is left in which speeds are measured; recipes that are not reached are left for later. */
const measuredShare = 0.15

/** The name of a network in files of resume. */
export const keyOf = (r: number, s: number) => `${r}/${s}`

/**
 * Which networks are trained, in which order, and with how many epochs: the core recipes split by split, then the others recipe by
 * recipe. With a time limit the speed of recipes is measured first. The first split has those of the core recipes for which there is
 * time; then the next split follows, or, where there is no time for all of its networks, a further recipe on all splits so far, and on
 * those that follow if networks end earlier than was planned. So no core waits for the last networks of the others.
 */
export class NetworkOrder {
  /** Whether no network was left out, or is shorter than its recipe. */
  isComplete = true
  readonly #options: OrderOptions
  readonly #trainer: NetworkTrainer
  readonly #isTrained: (r: number, s: number) => boolean
  readonly #signal: AbortSignal
  readonly #time: TimePlan
  /** Recipes that were measured, once each, and those whose speed is known. */
  readonly #tried = new Set<number>()
  readonly #measured = new Set<number>()
  readonly #running = new Set<Promise<unknown>>()

  /** @param isTrained whether a network is there already. */
  constructor(
    options: OrderOptions,
    trainer: NetworkTrainer,
    isTrained: (r: number, s: number) => boolean,
    signal: AbortSignal,
  ) {
    this.#options = options
    this.#trainer = trainer
    this.#isTrained = isTrained
    this.#signal = signal
    this.#time = new TimePlan(options.concurrency, options.deadline)
  }

  /** Networks, each of which is planned when the one before it has begun. */
  async *places(): AsyncGenerator<Place, void, void> {
    const { recipes, splits, core = recipes.length } = this.#options
    const all = [...recipes.keys()]
    const first = await this.#someInTime(all.slice(0, core).map((r) => [r, 0] as const))
    yield* this.#begun(first)
    // The recipes that are trained on all splits so far: recipes are compared on splits that all of them have.
    const begun = first.map(([r]) => r)
    // Also core recipes that seemed to take too long.
    const waiting = all.filter((r) => !begun.includes(r))
    let count = Math.min(begun.length, 1)
    while (count > 0 && (count < splits.length || waiting.length > 0)) {
      const further = count === splits.length ? [] : [begun.map((r) => [r, count] as const)]
      const wider = waiting.map((r) => splits.slice(0, count).map((_, s) => [r, s] as const))
      const group = await this.#firstInTime([...further, ...wider])
      if (group === undefined) {
        if (this.#isOver() || this.#running.size === 0) break
        // Those that are trained now may end earlier than was planned.
        await Promise.race(this.#running)
      } else if (group === further[0]) {
        count++
        // The time limit may end the last ones early: that costs cheap networks all, the others some epochs.
        yield* this.#begun(group.toSorted(([a], [b]) => this.#time.compare(a, b)))
      } else {
        const [r] = group[0]!
        waiting.splice(waiting.indexOf(r), 1)
        begun.push(r)
        yield* this.#begun(group)
      }
    }
    if (count < splits.length || waiting.length > 0) this.isComplete = false
  }

  /** Trains a network, and learns from the time that it takes. */
  async run<T extends { readonly epochs: number }>(
    { key, recipe, job, length, rows }: Place,
    train: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const begin = performance.now()
    const training = train()
    const ended = training.catch(() => {}).finally(() => this.#running.delete(ended))
    this.#running.add(ended)
    const trained = await training.finally(() => this.#time.end(key))
    if (trained?.epochs === length.epochs) {
      const share = Math.min(1, rows / this.#options.splits[job.split]!.rows)
      this.#time.correct(recipe, share * length.epochs, (performance.now() - begin) / 1000)
    }
    return trained
  }

  /** Those of some networks for which there is time, the first one among them. */
  async #someInTime(group: readonly Numbers[]): Promise<readonly Numbers[]> {
    const missing = await this.#missing(group)
    if (missing.length === 0) return group
    const known = missing.map(([r]) => r).filter((r) => this.#measured.has(r))
    const some = new Set(known.length > 0 ? this.#time.some(known) : [])
    return group.filter(([r, s]) => some.has(r) || this.#isTrained(r, s))
  }

  /** The first group of which there is time for all networks. */
  async #firstInTime(groups: readonly (readonly Numbers[])[]): Promise<readonly Numbers[] | undefined> {
    for (const group of groups) {
      const recipes = (await this.#missing(group)).map(([r]) => r)
      if (recipes.length === 0) return group
      if (recipes.every((r) => this.#measured.has(r)) && this.#time.hasTimeFor(recipes)) return group
    }
    return undefined
  }

  /** The networks that have to be trained in limited time, whose speed is measured. */
  async #missing(group: readonly Numbers[]): Promise<readonly Numbers[]> {
    if (this.#options.deadline === Infinity) return []
    const missing = group.filter(([r, s]) => !this.#isTrained(r, s))
    if (missing.length > 0) await this.#measure(missing)
    return missing
  }

  *#begun(group: readonly Numbers[]): Generator<Place, void, void> {
    const { recipes, splits, deadline } = this.#options
    const missing = group.filter(([r, s]) => !this.#isTrained(r, s))
    for (const [k, [r, s]] of missing.entries()) {
      // Without any network there is no model.
      if (this.#isOver() && !(r === 0 && s === 0)) {
        this.isComplete = false
        return
      }
      const { rows } = splits[s]!
      const { size, epochs } = lengthOf(recipes[r]!, rows)
      const key = keyOf(r, s)
      const waiting = missing.slice(k + 1).map(([other]) => other)
      const within = deadline === Infinity ? epochs : this.#time.begin(key, r, waiting)
      const extent = within < epochs ? epochsWithin(within, rows) : { epochs, rows }
      if (extent.epochs < epochs || extent.rows < rows) this.isComplete = false
      yield { key, recipe: r, job: this.#jobOf(r, s), rows: extent.rows, length: { size, epochs: extent.epochs } }
    }
  }

  /** Measures what the networks of recipes take, as many at once as will be trained at once. */
  async #measure(group: readonly Numbers[]): Promise<void> {
    const { concurrency, deadline } = this.#options
    const recipes = group.map(([r]) => r)
    const queue = group.filter(([r], k) => !this.#tried.has(r) && recipes.indexOf(r) === k)
    const now = performance.now()
    const until = now + measuredShare * (deadline - now)
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        if ((this.#isOver() || performance.now() >= until) && next[0] > 0) return
        await this.#measureOne(next)
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, worker))
  }

  async #measureOne([r, s]: Numbers): Promise<void> {
    const { recipes, splits, deadline, isStopped } = this.#options
    this.#tried.add(r)
    const { rows, heldOut } = splits[s]!
    const { size, epochs } = lengthOf(recipes[r]!, rows)
    const limits = { deadline, isStopped, signal: this.#signal }
    const rowsPerSecond = await this.#trainer.speed(this.#jobOf(r, s), size, limits)
    // Not a number where it ended before a step.
    if (rowsPerSecond === undefined || !(rowsPerSecond > 0)) return
    // Predicting a row costs a third of training with it. The held-out rows are predicted after each epoch, and at the end.
    const end = heldOut / 3 / rowsPerSecond
    this.#time.setCost(r, { epochs, epoch: rows / rowsPerSecond + end, end })
    this.#measured.add(r)
  }

  #jobOf(r: number, s: number): NetworkJob {
    const { recipes, splits, seed, concurrency } = this.#options
    const number = r * splits.length + s
    const threads = concurrency > 1 ? 1 : undefined
    return { number, recipe: recipes[r]!, split: s, seed: (seed + 7919 * number) % 2 ** 32, threads }
  }

  #isOver(): boolean {
    const { deadline, isStopped } = this.#options
    return this.#signal.aborted || isStopped() || performance.now() >= deadline
  }
}
