// Networks and data for the programs beside this file.
import { type CompileOptions, layers, Sequential } from '../../../lib/index.js'

/** The sizes of a network with long steps on all cores: about 0.1 s for 512 rows. */
export const large = [784, 2048, 2048, 10]
export const small = [20, 16, 4]

export function makeModel(sizes: readonly number[], optimizer: CompileOptions['optimizer'] = 'sgd'): Sequential {
  const model = new Sequential({
    seed: 7,
    layers: sizes.slice(1).map((units, i) =>
      layers.dense({
        units,
        activation: i === sizes.length - 2 ? 'softmax' : 'relu',
        ...(i === 0 ? { inputShape: [sizes[0]!] } : {}),
      }),
    ),
  })
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
  return model
}

/** A network with layers that keep more than weights between forward and backward pass, or sum over a batch. */
export function makeLayered(): Sequential {
  const model = new Sequential({
    seed: 7,
    layers: [
      layers.embedding({ inputDim: 1000, outputDim: 2, inputShape: [large[0]!] }),
      layers.batchNormalization(),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 2048, activation: 'relu' }),
      layers.layerNormalization(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  return model
}

/** Rows and classes that are the same in every process. */
export function makeData(rows: number, sizes: readonly number[]): [Float32Array, Int32Array] {
  const x = new Float32Array(rows * sizes[0]!).map((_, i) => ((i * 7919) % 1000) / 1000)
  return [x, new Int32Array(rows).map((_, i) => (i * 31) % sizes.at(-1)!)]
}

/** All weights as one array. */
export function flat(model: Sequential): number[] {
  return model.getWeights().flatMap(({ data }) => [...data])
}
