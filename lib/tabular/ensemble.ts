import type { Matrix } from '../base/matrix.js'
import type { RunOptions } from '../network/inference.js'
import type { Sequential } from '../sequential.js'

/** A network of an ensemble, and its share of the outputs; shares add up to 1. */
export interface EnsemblePart {
  readonly network: Sequential
  readonly weight: number
  /** The base rate of fit, which updates take a share of; by default that which the network is compiled with. */
  readonly rate?: number
}

/**
 * What a table model predicts with: networks that read the same encoded rows, and whose outputs are averaged by their weights
 * (probabilities of classes, standardised numbers), then for classes tempered: p^(1 / temperature), with a sum of 1 again
 * (temperature scaling, Guo et al. 2017).
 */
export class Ensemble {
  readonly parts: readonly EnsemblePart[]
  /** 1 leaves probabilities as they are. */
  readonly temperature: number
  /** Outputs of one network for one row. */
  #outputs: Float32Array | undefined

  constructor(parts: readonly EnsemblePart[], temperature = 1) {
    this.parts = parts
    this.temperature = temperature
  }

  /** Outputs of encoded rows. */
  async predict(x: Matrix, options: RunOptions): Promise<Matrix> {
    const [first, ...rest] = this.parts
    const mean = await first!.network.predict(x, options)
    if (first!.weight !== 1) scale(mean.data, first!.weight)
    for (const { network, weight } of rest) add(mean.data, (await network.predict(x, options)).data, weight)
    if (this.temperature !== 1) for (let i = 0; i < mean.rows; i++) temper(mean.row(i), this.temperature)
    return mean
  }

  /** Outputs of one encoded row, on the spot; in `out`, if it is given. */
  predictSync(row: Float32Array, out?: Float32Array): Float32Array {
    const [first, ...rest] = this.parts
    const mean = first!.network.predictSync(row, out)
    if (first!.weight !== 1) scale(mean, first!.weight)
    for (const { network, weight } of rest) {
      this.#outputs ??= new Float32Array(mean.length)
      add(mean, network.predictSync(row, this.#outputs), weight)
    }
    if (this.temperature !== 1) temper(mean, this.temperature)
    return mean
  }

  /** Frees the networks' memory. */
  dispose(): void {
    for (const { network } of this.parts) network.dispose()
  }
}

function scale(sum: Float32Array, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! *= weight
}

function add(sum: Float32Array, outputs: Float32Array, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * outputs[i]!
}

/** Divides the logarithms of probabilities by the temperature. */
export function temper(probabilities: Float32Array, temperature: number): void {
  let sum = 0
  for (let k = 0; k < probabilities.length; k++) {
    probabilities[k] = probabilities[k]! ** (1 / temperature)
    sum += probabilities[k]!
  }
  scale(probabilities, 1 / sum)
}
