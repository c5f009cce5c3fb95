/** Networks are planned to end when so much of the time is over; the rest is for what is not foreseen. */
const plannedShare = 0.93
/** A network is planned for at least this share of its epochs, but for the first; otherwise others are trained, or fewer. */
const leastShare = 0.5

/** The seconds that a network takes: for each epoch, and for the rows that are predicted at the end. */
export interface Cost {
  readonly epochs: number
  readonly epoch: number
  readonly end: number
}

/**
 * Divides the time that is left among networks, several of which are trained at once. What those take is measured first, and
 * corrected by what they took: other programs leave the processor, or come.
 */
export class TimePlan {
  readonly #concurrency: number
  readonly #deadline: number
  readonly #costs = new Map<number, Cost>()
  /** The time that a network of a recipe took, over what was measured. */
  readonly #slowness = new Map<number, number>()
  /** The seconds of all networks so far, and what was measured: their ratio holds for recipes without a network. */
  #taken = 0
  #expected = 0
  /** When each network that is trained now will end. */
  readonly #ends = new Map<string, number>()

  /** @param deadline as performance.now() counts. */
  constructor(concurrency: number, deadline: number) {
    this.#concurrency = concurrency
    this.#deadline = deadline
  }

  /** Tells what the networks of a recipe take. */
  setCost(recipe: number, cost: Cost): void {
    this.#costs.set(recipe, cost)
  }

  /**
   * Recipes for one network of each of which there is time: the first one, whatever it takes, and in their order those that fit beside it.
   * A cheap one may fit where one before it does not.
   */
  some([first, ...others]: readonly number[]): number[] {
    const left = this.#left()
    const room = this.#room()
    let taken = Math.min(left, leastShare * this.#secondsOf(first!))
    const fits = (recipe: number) => {
      const least = leastShare * this.#secondsOf(recipe)
      if (least > left || taken + least > room) return false
      taken += least
      return true
    }
    return [first!, ...others.filter(fits)]
  }

  /** Whether there is time for a network of each of some recipes. */
  hasTimeFor(recipes: readonly number[]): boolean {
    const least = recipes.map((recipe) => leastShare * this.#secondsOf(recipe))
    return Math.max(...least) <= this.#left() && sum(least) <= this.#room()
  }

  /**
   * Begins a network; its epochs are at most those of the recipe, and may be a fraction.
   * @param waiting the recipes of networks that are to have as large a share of their epochs.
   */
  begin(key: string, recipe: number, waiting: readonly number[]): number {
    const [own, left, room] = [this.#secondsOf(recipe), this.#left(), this.#room()]
    const all = own + sum(waiting.map((other) => this.#secondsOf(other)))
    const seconds = Math.min(own, left, (own * room) / all)
    this.#ends.set(key, performance.now() + 1000 * seconds)
    const { epochs, epoch, end } = this.#costOf(recipe)
    return seconds === own ? epochs : Math.max(seconds - end, 0) / epoch
  }

  /** Ends a network. */
  end(key: string): void {
    this.#ends.delete(key)
  }

  /** Corrects costs by the seconds that a network took for so many epochs. */
  correct(recipe: number, done: number, seconds: number): void {
    const cost = this.#costs.get(recipe)
    if (!cost) return
    const expected = done * cost.epoch + cost.end
    this.#slowness.set(recipe, seconds / expected)
    this.#taken += seconds
    this.#expected += expected
  }

  /** Compares recipes by what their networks take, the least first; equal where it is not known. */
  compare(a: number, b: number): number {
    return this.#costs.has(a) && this.#costs.has(b) ? this.#secondsOf(a) - this.#secondsOf(b) : 0
  }

  /** The seconds of one network from now on. */
  #left(): number {
    return (plannedShare * Math.max(this.#deadline - performance.now(), 0)) / 1000
  }

  /** The seconds of all networks that begin from now on. */
  #room(): number {
    const now = performance.now()
    const busy = sum([...this.#ends.values()].map((end) => Math.max(end - now, 0) / 1000))
    return Math.max(this.#concurrency * this.#left() - busy, 0)
  }

  #secondsOf(recipe: number): number {
    const { epochs, epoch, end } = this.#costOf(recipe)
    return epochs * epoch + end
  }

  #costOf(recipe: number): Cost {
    const common = this.#expected > 0 ? this.#taken / this.#expected : 1
    const slowness = this.#slowness.get(recipe) ?? common
    const { epochs, epoch, end } = this.#costs.get(recipe)!
    return { epochs, epoch: slowness * epoch, end: slowness * end }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, own) => total + own, 0)
}
