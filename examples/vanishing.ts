// Why deep networks of sigmoids do not learn: their gradients vanish. node --import tsx examples/vanishing.ts
import { datasets, layers, Sequential } from 'perceptra'
import { isMain } from './is-main.js'

export interface VanishingResult {
  /** The root mean square of the gradient of each layer's kernel over the first epoch, from the input to the output. */
  gradients: number[]
  /** The accuracy on the test digits at the end; 0.1 is chance. */
  accuracy: number
}

/** Ten hidden layers of 64 units that differ only in their activation, trained by gradient descent on the digits. */
export async function learnDeep({
  activation,
  depth = 10,
  epochs = 10,
  seed,
}: {
  activation: 'sigmoid' | 'relu'
  depth?: number
  epochs?: number
  seed: number
}): Promise<VanishingResult> {
  const { train, test } = datasets.digits()
  // Each activation with the initializer that was designed for it.
  const kernelInitializer = activation === 'relu' ? 'heNormal' : 'glorotUniform'
  using model = new Sequential({
    layers: [
      layers.dense({ units: 64, activation, kernelInitializer, inputShape: [64], name: 'hidden1' }),
      ...Array.from({ length: depth - 1 }, (_, i) =>
        layers.dense({ units: 64, activation, kernelInitializer, name: `hidden${i + 2}` }),
      ),
      layers.dense({ units: 10, activation: 'softmax', name: 'output' }),
    ],
    seed,
  })
  model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const { logs } = await model.fit(train.x, train.y, { epochs, batchSize: 16, layerStatistics: true })
  const names = [...Array.from({ length: depth }, (_, i) => `hidden${i + 1}`), 'output']
  const gradients = names.map((name) => logs[`${name}.kernel.gradientRms`]![0]!)
  return { gradients, accuracy: (await model.evaluate(test.x, test.y)).accuracy! }
}

const why = `An error on its way back is multiplied, at each layer, by the weights and by the slope of the activation. Sigmoid's
slope is at most 1/4: ten layers leave little of it, and the weights of the first layers hardly change; the network gives
every image the same output (Hochreiter 1991; Bengio, Simard and Frasconi 1994). Relu's slope is 1 for positive sums, and initial weights of variance
2 / inputs keep the size of activations and gradients (He et al. 2015, "Delving deep into rectifiers").`

if (isMain(import.meta.url)) {
  const sigmoid = await learnDeep({ activation: 'sigmoid', seed: 1 })
  const relu = await learnDeep({ activation: 'relu', seed: 1 })
  console.log('Gradient of each layer in the first epoch (root mean square over its weights)\n')
  console.log('   layer |    sigmoid       relu')
  for (const [i, gradient] of sigmoid.gradients.entries()) {
    const name = i + 1 < sigmoid.gradients.length ? `${i + 1}` : 'output'
    const cells = [gradient, relu.gradients[i]!].map((value) => value.toExponential(1).padStart(10))
    console.log(`  ${name.padStart(6)} | ${cells.join(' ')}`)
  }
  console.log(`\nTest accuracy: sigmoid ${percent(sigmoid.accuracy)}, relu ${percent(relu.accuracy)}\n`)
  console.log(why)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
