import type { NativeModel } from './native-model.js'

/** Up to this many numbers a loop is quicker than a call that copies. */
const few = 32

/** One row of inputs and one of outputs that the native part knows the place of: the cheapest way to ask for one row. */
export class BoundRow {
  readonly #input: Float32Array
  readonly #output: Float32Array
  readonly #run: () => void

  constructor(model: NativeModel, inputs: number, outputs: number) {
    this.#input = new Float32Array(inputs)
    this.#output = new Float32Array(outputs)
    this.#run = model.bindRow(this.#input, this.#output)
  }

  /** Copies the row in; false when it holds NaN or infinity. */
  read(row: Float32Array): boolean {
    const input = this.#input
    for (let i = 0; i < input.length; i++) {
      const value = row[i]!
      if (value - value !== 0) return false
      input[i] = value
    }
    return true
  }

  /** The outputs for the row last read, in an array of their own. */
  predict(): Float32Array {
    this.#run()
    const output = this.#output
    if (output.length > few) return output.slice()
    const result = new Float32Array(output.length)
    for (let j = 0; j < result.length; j++) result[j] = output[j]!
    return result
  }
}
