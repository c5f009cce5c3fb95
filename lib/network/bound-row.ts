import type { NativeModel } from '../native/model.js'

/** Up to these lengths, a loop over the numbers is faster than a native call that copies them or looks up the array. */
const loopOutputs = 32
const loopInputs = 128

/** One row of inputs and one of outputs at fixed addresses: the fastest way to predict a single row. */
export class BoundRow {
  readonly #input: Float32Array
  readonly #output: Float32Array
  readonly #run: (row?: Float32Array) => boolean | undefined

  constructor(model: NativeModel, inputs: number, outputs: number) {
    this.#input = new Float32Array(inputs)
    this.#output = new Float32Array(outputs)
    this.#run = model.bindRow(this.#input, this.#output)
  }

  /** The outputs for a row, in `out` or a new array; undefined when the row holds NaN or infinity. */
  predict(row: Float32Array, out?: Float32Array): Float32Array | undefined {
    if (row.length > loopInputs) {
      if (!this.#run(row)) return undefined
    } else {
      if (!this.#copyInput(row)) return undefined
      this.#run()
    }
    return this.#copyOutput(out)
  }

  #copyInput(row: Float32Array): boolean {
    const input = this.#input
    for (let i = 0; i < input.length; i++) {
      const value = row[i]!
      if (value - value !== 0) return false
      input[i] = value
    }
    return true
  }

  #copyOutput(out: Float32Array | undefined): Float32Array {
    const output = this.#output
    if (output.length > loopOutputs) {
      if (out === undefined) return output.slice()
      out.set(output)
      return out
    }
    const result = out ?? new Float32Array(output.length)
    for (let j = 0; j < output.length; j++) result[j] = output[j]!
    return result
  }
}
