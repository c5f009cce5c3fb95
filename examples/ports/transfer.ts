// Learn the digits 0 to 4, freeze the lower layers, and learn 5 to 9 with what is above them. Of Keras's example
// mnist_transfer_cnn.py, with a dense layer in place of its convolutions, which perceptra does not have.
import { datasets, layers, Matrix, Sequential } from 'perceptra'
import { main } from './main.js'

interface Part {
  x: Matrix
  y: Uint8Array
}

/** The rows of five digits from `first` on, as classes 0 to 4. */
function fiveDigits({ x, y }: datasets.ImageSplit<Matrix>, first: number, limit: number): Part {
  const rows = Array.from(y.keys())
    .filter((i) => y[i]! >= first && y[i]! < first + 5)
    .slice(0, limit)
  return { x: Matrix.from(rows.map((i) => x.row(i))), y: Uint8Array.from(rows, (i) => y[i]! - first) }
}

const makeModel = (trainable: boolean) =>
  new Sequential({
    layers: [
      layers.dense({ units: 512, activation: 'relu', inputShape: [784], trainable }),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 5, activation: 'softmax' }),
    ],
    seed: 1337,
  })

async function trainModel(model: Sequential, train: Part, test: Part, epochs: number): Promise<number> {
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })
  const begin = performance.now()
  await model.fit(train.x, train.y, { batchSize: 128, epochs, validationData: [test.x, test.y] })
  console.log(`Training time: ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  const { accuracy } = await model.evaluate(test.x, test.y)
  return accuracy!
}

export async function transfer(dir: string, { epochs = 5, limit = Infinity } = {}) {
  const { train, test } = await datasets.mnist({ dir })
  const [lower, upper] = [0, 5].map((first) => [train, test].map((part) => fiveDigits(part, first, limit)))

  const model = makeModel(true)
  const accuracy = await trainModel(model, lower![0]!, lower![1]!, epochs)
  const frozen = makeModel(false)
  frozen.setWeights(model.getWeights())
  const before = frozen.getWeights()[0]!
  const accuracyAfter = await trainModel(frozen, upper![0]!, upper![1]!, epochs)
  const kernel = frozen.getWeights()[0]!
  return { accuracy, accuracyAfter, kept: before.data.every((value, i) => value === kernel.data[i]) }
}

await main(import.meta.url, transfer)
