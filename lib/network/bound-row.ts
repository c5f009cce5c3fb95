import type { NativeModel } from '../native/model.js'

/** Up to this many numbers a loop is quicker than a call that copies, or that looks an array up. */
const few = 32
const several = 128

/** One row of inputs and one of outputs that the native part knows the place of: the cheapest way to ask for one row. */
export class BoundRow {
  readonly #input: Float32Array
  readonly #output: Float32Array
  readonly #run: (row?: Float32Array) => boolean | undefined

  constructor(model: NativeModel, inputs: number, outputs: number) {
    this.#input = new Float32Array(inputs)
    this.#output = new Float32Array(outputs)
    this.#run = model.bindRow(this.#input, this.#output)
  }

  /** The outputs for a row, in `out` or an array of their own; undefined when the row holds NaN or infinity. */
  predict(row: Float32Array, out?: Float32Array): Float32Array | undefined {
    if (row.length > several) {
      if (!this.#run(row)) return undefined
    } else {
      if (!this.#read(row)) return undefined
      this.#run()
    }
    return this.#answer(out)
  }

  #read(row: Float32Array): boolean {
    const input = this.#input
    for (let i = 0; i < input.length; i++) {
      const value = row[i]!
      if (value - value !== 0) return false
      input[i] = value
    }
    return true
  }

  #answer(out: Float32Array | undefined): Float32Array {
    const output = this.#output
    if (output.length > few) {
      if (out === undefined) return output.slice()
      out.set(output)
      return out
    }
    const result = out ?? new Float32Array(output.length)
    for (let j = 0; j < output.length; j++) result[j] = output[j]!
    return result
  }
}
