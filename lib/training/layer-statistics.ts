import type { NativeTrainResult } from '../native/model.js'
import type { Core } from '../network/core.js'
import { tensorName, tensorView } from '../network/weights.js'

/** Collects the numbers that the option `layerStatistics` adds to the logs of an epoch. */
export class LayerStatistics {
  readonly #core: Core
  /** Sums of gradient norms: of the parts of the epoch that are done, and with those of the part in progress. */
  #parts: readonly number[]
  #norms: readonly number[]
  #updates = 0

  constructor(core: Core) {
    this.#core = core
    this.#parts = new Array<number>(core.tensors.length).fill(0)
    this.#norms = this.#parts
  }

  add({ updates, gradientNorms, epochDone }: NativeTrainResult): void {
    this.#updates += updates
    this.#norms = this.#parts.map((sum, t) => sum + (gradientNorms[t] ?? 0))
    if (epochDone) this.#parts = this.#norms
  }

  toLogs(): Record<string, number> {
    const flat = this.#core.native.getWeights()
    const logs: Record<string, number> = {}
    for (const [t, tensor] of this.#core.tensors.entries()) {
      const name = tensorName(tensor, this.#core.spec)
      const numbers = tensorView(flat, tensor)
      logs[`${name}.weightRms`] = Math.sqrt(numbers.reduce((sum, w) => sum + w * w, 0) / numbers.length)
      if (tensor.trainable) logs[`${name}.gradientRms`] = this.#norms[t]! / this.#updates / Math.sqrt(numbers.length)
    }
    return logs
  }
}

/** The keys of these numbers, in order. */
export function statisticKeysOf({ tensors, spec }: Core): string[] {
  return tensors.flatMap((tensor) => {
    const name = tensorName(tensor, spec)
    return tensor.trainable ? [`${name}.weightRms`, `${name}.gradientRms`] : [`${name}.weightRms`]
  })
}
