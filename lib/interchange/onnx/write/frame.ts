import { ArgumentError } from '../../../base/errors.js'
import { pick, sideBySide } from './arithmetic.js'
import type { Graph, Value } from './graph.js'

/** Rows between two steps: tables of float64 numbers and of strings, side by side. */
export class Frame {
  readonly #parts: readonly Value[]

  /** @param parts tables of type double or string; before an estimator alone also float. */
  constructor(parts: readonly Value[]) {
    this.#parts = parts
  }

  get columns(): number {
    return this.#parts.reduce((sum, { columns }) => sum + columns!, 0)
  }

  /** One column. */
  column(graph: Graph, place: number): Value {
    let begin = 0
    for (const part of this.#parts) {
      if (place < begin + part.columns!) return pick(graph, part, [place - begin])
      begin += part.columns!
    }
    throw new RangeError(`no column ${place}`)
  }

  /** Some columns. */
  select(graph: Graph, places: readonly number[]): Frame {
    const [only] = this.#parts
    if (this.#parts.length === 1) return new Frame([pick(graph, only!, places)])
    return new Frame(places.map((place) => this.column(graph, place)))
  }

  /**
   * All columns as one table, of the type that they have.
   * @throws ArgumentError for columns of strings.
   */
  matrix(graph: Graph, step = 'the model'): Value {
    const [first, ...others] = this.#parts
    const isOne = others.every(({ type }) => type === first!.type)
    if (isOne && first!.type !== 'string') return sideBySide(graph, this.#parts)
    throw new ArgumentError(`Expected numbers for ${step}, but the step before it leaves words. Encode them first.`)
  }
}
