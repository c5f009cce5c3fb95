import { Matrix } from '../base/matrix.js'
import { uniforms } from '../math/random.js'

/** What is explained: a row of numbers, against background rows. */
export interface ShapleyTask {
  readonly row: Float32Array
  readonly background: Matrix
  /** The places of each player in a row, from `begin` to before `end`. */
  readonly players: readonly (readonly [begin: number, end: number])[]
  /** Outputs of rows, one row after the other. The matrix is overwritten after the promise has settled. */
  readonly evaluate: (x: Matrix) => Promise<Float64Array>
  /** How many outputs may be computed; sampling computes at least two orders of players for each background row. */
  readonly most: number
  readonly seed: number
}

/** Shapley values of each output. */
export interface ShapleyValues {
  /** The mean outputs of the background rows, and those of the row: `base` plus the sum over players is `output`. */
  readonly base: Float64Array
  readonly output: Float64Array
  /** By player, then by output. */
  readonly values: readonly Float64Array[]
  readonly method: 'exact' | 'sampled'
  /** How many outputs were computed. */
  readonly evaluations: number
}

/** Numbers in one block of rows. */
const blockNumbers = 1 << 20
const mostBlockRows = 4096
/** 2^players coalitions of so many players are too many for any limit. */
const mostExact = 24

/**
 * Shapley values of a row: the mean, over background rows and over orders in which players change from the background's numbers to
 * the row's, of how an output changes with the player. Players that have equal numbers in both change nothing, and are left out.
 * All coalitions are computed if `most` allows it; else orders are drawn in pairs of which one is the reverse of the other.
 *
 * Sources: Lundberg and Lee 2017, "A unified approach to interpreting model predictions"; Mitchell et al. 2022, "Sampling
 * permutations for Shapley value estimation".
 */
export async function shapleyValues(task: ShapleyTask): Promise<ShapleyValues> {
  const { row, background, players, most } = task
  const active = Array.from({ length: background.rows }, (_, b) =>
    players.flatMap(([begin, end], j) => (differs(row, background.row(b), begin, end) ? [j] : [])),
  )
  const coalitions = active.reduce((sum, { length }) => sum + (length > mostExact ? Infinity : 2 ** length), 0)
  const evaluator = new Evaluator(task)
  const output = await task.evaluate(new Matrix(row, 1, row.length))
  const values = players.map(() => new Float64Array(output.length))
  const base = new Float64Array(output.length)
  const isExact = coalitions <= most
  const run = isExact ? exactly : sampled
  await evaluator.run(run(task, active, { output, base, values }))
  for (const sums of [base, ...values]) for (let k = 0; k < sums.length; k++) sums[k]! /= background.rows
  return { base, output, values, method: isExact ? 'exact' : 'sampled', evaluations: evaluator.count + 1 }
}

/** Sums over background rows. */
interface Sums {
  readonly output: Float64Array
  readonly base: Float64Array
  readonly values: readonly Float64Array[]
}

/** A row that is to be evaluated: it is written into the block, and its outputs come back. */
interface Step {
  readonly write: (block: Float32Array, offset: number) => void
  readonly read: (outputs: Float64Array) => void
}

/** Evaluates rows block by block. The event loop has a turn with each. */
class Evaluator {
  count = 0
  readonly #evaluate: ShapleyTask['evaluate']
  readonly #width: number
  readonly #block: Float32Array
  readonly #rows: number

  constructor({ evaluate, row: { length } }: ShapleyTask) {
    this.#evaluate = evaluate
    this.#width = length
    this.#rows = Math.max(1, Math.min(mostBlockRows, Math.floor(blockNumbers / length)))
    this.#block = new Float32Array(this.#rows * length)
  }

  async run(steps: Iterable<Step>): Promise<void> {
    let waiting: Step[] = []
    const flush = async () => {
      const rows = waiting.length
      const x = new Matrix(this.#block.subarray(0, rows * this.#width), rows, this.#width)
      const outputs = await this.#evaluate(x)
      const size = outputs.length / rows
      for (const [i, { read }] of waiting.entries()) read(outputs.subarray(i * size, (i + 1) * size))
      this.count += rows
      waiting = []
    }
    for (const step of steps) {
      step.write(this.#block, waiting.length * this.#width)
      if (waiting.push(step) === this.#rows) await flush()
    }
    if (waiting.length > 0) await flush()
  }
}

function* exactly({ row, background, players }: ShapleyTask, active: number[][], sums: Sums): Generator<Step> {
  const { output, base, values } = sums
  for (const [b, own] of active.entries()) {
    const weights = weightsOf(own.length)
    for (let coalition = 0; coalition < 2 ** own.length; coalition++) {
      yield {
        write(block, offset) {
          block.set(background.row(b), offset)
          for (const [i, j] of own.entries()) if (coalition & (1 << i)) change(block, offset, row, players[j]!)
        },
        read(outputs) {
          const size = bitsOf(coalition)
          for (const [i, j] of own.entries()) {
            // What the player adds to coalitions without it, and the same terms with the other sign.
            const weight = coalition & (1 << i) ? weights[size - 1]! : -weights[size]!
            for (let k = 0; k < output.length; k++) values[j]![k]! += weight * outputs[k]!
          }
          if (coalition === 0) for (let k = 0; k < output.length; k++) base[k]! += outputs[k]!
        },
      }
    }
  }
}

/** size! (players - size - 1)! / players! for each size of a coalition without the player. */
function weightsOf(players: number): number[] {
  const weights = [1 / players]
  for (let size = 1; size < players; size++) weights.push((weights[size - 1]! * size) / (players - size))
  return weights
}

function* sampled(task: ShapleyTask, active: number[][], sums: Sums): Generator<Step> {
  const { row, background, players, most, seed } = task
  const { output, base, values } = sums
  const random = uniforms(seed)
  const ofPair = active.reduce((sum, { length }) => sum + 2 * Math.max(length - 1, 0), 0)
  const pairs = Math.max(1, Math.floor((most - background.rows) / Math.max(ofPair, 1)))
  const add = (j: number, outputs: ArrayLike<number>, before: ArrayLike<number>, share: number) => {
    for (let k = 0; k < output.length; k++) values[j]![k]! += share * (outputs[k]! - before[k]!)
  }
  for (const [b, own] of active.entries()) {
    let first = output
    yield {
      write: (block, offset) => block.set(background.row(b), offset),
      read(outputs) {
        first = outputs
        for (let k = 0; k < output.length; k++) base[k]! += outputs[k]!
        if (own.length === 1) add(own[0]!, output, first, 1)
      },
    }
    const order = [...own]
    for (let walk = 0; walk < 2 * pairs && own.length > 1; walk++) {
      if (walk % 2 === 0) shuffle(order, random)
      else order.reverse()
      const share = 1 / (2 * pairs)
      const changed = background.row(b).slice()
      const last = order.at(-1)!
      let before: Float64Array | undefined
      // The last player leads to the row itself, whose output is known.
      for (const [i, j] of order.slice(0, -1).entries()) {
        yield {
          write(block, offset) {
            change(changed, 0, row, players[j]!)
            block.set(changed, offset)
          },
          read(outputs) {
            add(j, outputs, before ?? first, share)
            before = outputs
            if (i === own.length - 2) add(last, output, outputs, share)
          },
        }
      }
    }
  }
}

function shuffle(list: number[], random: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1))
    ;[list[i], list[k]] = [list[k]!, list[i]!]
  }
}

function change(out: Float32Array, offset: number, row: Float32Array, [begin, end]: readonly [number, number]): void {
  out.set(row.subarray(begin, end), offset + begin)
}

function differs(a: Float32Array, b: Float32Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (a[i] !== b[i]) return true
  return false
}

function bitsOf(mask: number): number {
  let count = 0
  for (let rest = mask; rest > 0; rest &= rest - 1) count++
  return count
}
