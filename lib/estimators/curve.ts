/** Upper bound on the epochs that a curve keeps of the calls before the last one. */
export const keptEpochs = 10_000

/**
 * One number for each epoch, over several calls of fit. A curve never changes, but shares its memory with the longer curves that
 * are made from it: adding a number costs the same however long the curve is.
 */
export class Curve {
  static readonly empty = new Curve([], 0, 0)

  readonly #numbers: number[]
  readonly #begin: number
  readonly #end: number

  private constructor(numbers: number[], begin: number, end: number) {
    this.#numbers = numbers
    this.#begin = begin
    this.#end = end
  }

  static of(numbers: Iterable<number>): Curve {
    const copy = [...numbers]
    return new Curve(copy, 0, copy.length)
  }

  /** The curve that a new call of fit goes on from: the last `keptEpochs` numbers. */
  recent(): Curve {
    const begin = Math.max(this.#begin, this.#end - keptEpochs)
    // Frees the numbers before `begin`, once for every `keptEpochs` of them.
    if (begin >= keptEpochs) return Curve.of(this.#numbers.slice(begin, this.#end))
    return new Curve(this.#numbers, begin, this.#end)
  }

  /** This curve and one more number. */
  with(value: number): Curve {
    // A fit that was aborted may have added numbers after this curve's last.
    if (this.#numbers.length > this.#end || this === Curve.empty) return Curve.of([...this.toArray(), value])
    this.#numbers.push(value)
    return new Curve(this.#numbers, this.#begin, this.#end + 1)
  }

  get last(): number | undefined {
    return this.#end > this.#begin ? this.#numbers[this.#end - 1] : undefined
  }

  toArray(): number[] {
    return this.#numbers.slice(this.#begin, this.#end)
  }

  toJSON(): number[] {
    return this.toArray()
  }
}
