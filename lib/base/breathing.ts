import { setImmediate } from 'node:timers/promises'

/** Work in small steps: a generator that yields where it may pause, and returns its result. */
export type Work<R> = Generator<void, R, void>

/** How long all work together may run before the event loop gets a turn, in milliseconds. */
const sliceMs = 5

/** When the last turn began that work waited for, and how long each work that waited may run in it. */
let [began, share] = [0, sliceMs]
/** The turn that work waits for now, and how many wait. */
let next: Promise<void> | undefined
let waiting = 0

/** The next turn of the event loop. Work side by side waits for the same one, and shares its time. */
function nextTurn(): Promise<void> {
  waiting++
  next ??= setImmediate().then(() => {
    next = undefined
    began = performance.now()
    share = sliceMs / waiting
    waiting = 0
  })
  return next
}

/** Cells of a table in one step, which takes well below a millisecond. */
const cellsInStep = 1 << 14

/** Steps of work before an asynchronous method returns, which take some milliseconds at most. */
export const stepsAtOnce = 32

/** What is looked at after each turn of the event loop. */
interface AfterTurn {
  signal?: AbortSignal | undefined
  /** Throws where work may not go on. */
  check?: (() => void) | undefined
}

/**
 * Runs work in slices of at most `sliceMs` milliseconds, with a turn of the event loop after each. Work that begins in a turn has what
 * others have left of it.
 * @throws the signal's reason as soon as it is aborted.
 */
export async function runBreathing<R>(work: Work<R>, signal: AbortSignal | undefined): Promise<R> {
  signal?.throwIfAborted()
  return goOn(work, { signal })
}

/**
 * Runs the first `stepsAtOnce` steps at once. Work that ends with them returns, or throws, on the spot; the rest of longer
 * work is run as by runBreathing.
 */
export function runSoon<R>(work: Work<R>, after: AfterTurn): R | Promise<R> {
  for (let step = 0; step < stepsAtOnce; step++) {
    const { done, value } = work.next()
    if (done) return value
  }
  return goOn(work, after, true)
}

async function goOn<R>(work: Work<R>, { signal, check }: AfterTurn, isDue = false): Promise<R> {
  const turn = async () => {
    await nextTurn()
    signal?.throwIfAborted()
    check?.()
    return performance.now() + share
  }
  try {
    let end = isDue ? await turn() : began + sliceMs
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      if (performance.now() >= end) end = await turn()
    }
  } finally {
    // Work that is left unfinished frees what it holds.
    work.return(undefined as never)
  }
}

/** Runs work to its end, without a turn of the event loop. */
export function runNow<R>(work: Work<R>): R {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Gives the event loop turns in a loop of asynchronous steps that may settle without one. */
export class Breather {
  #end = began + sliceMs

  /** Whether the last turn was so long ago that the next one is due. */
  get isDue(): boolean {
    return performance.now() >= this.#end
  }

  async turn(): Promise<void> {
    await nextTurn()
    this.#end = performance.now() + share
  }
}

/** Calls `visit` with blocks of rows, from `begin` up to, not including, `end`, and yields after each. */
export function* rowBlocks(rows: number, columns: number, visit: (begin: number, end: number) => void): Work<void> {
  const block = Math.max(1, Math.floor(cellsInStep / Math.max(columns, 1)))
  for (let begin = 0; begin < rows; begin += block) {
    visit(begin, Math.min(begin + block, rows))
    yield
  }
}

/** The first of the numbers from 0 up to, not including, `count` for which `test` holds; -1 if there is none. */
export function* findInSteps(count: number, test: (k: number) => boolean): Work<number> {
  for (let begin = 0; begin < count; begin += cellsInStep) {
    const end = Math.min(begin + cellsInStep, count)
    for (let k = begin; k < end; k++) if (test(k)) return k
    yield
  }
  return -1
}

/** Items in one step of `eachInSteps`: a microsecond or less each. */
const itemsInStep = 1 << 9

/** Calls `visit` with each item, and yields now and then. */
export function* eachInSteps<T>(items: Iterable<T>, visit: (item: T) => void): Work<void> {
  let count = 0
  for (const item of items) {
    visit(item)
    count++
    if (count % itemsInStep === 0) yield
  }
}
