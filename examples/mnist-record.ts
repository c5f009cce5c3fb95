// The record recipe for MNIST: a worker thread distorts every image anew for every epoch.
// node --import tsx examples/mnist-record.ts --dir path/to/mnist
import { datasets } from 'perceptra'
import { strong } from './mnist-record/distort.js'
import { makeNetwork } from './mnist-record/network.js'
import { DistortionStream } from './mnist-record/stream.js'
import { main } from './recipe/main.js'
import type { RecipeOptions } from './recipe/options.js'
import { printResult, type RecipeResult, stepsOf } from './recipe/run.js'

export interface RecordResult extends RecipeResult {
  /** The seconds of each epoch spent waiting for images. */
  waited: number[]
}

export interface RecordOptions extends RecipeOptions {
  hidden?: readonly number[]
  batchSize?: number
  learningRate?: number
  /** The epochs after which the test images are evaluated, for information; the last epoch counts. */
  testEvery?: number
}

type Bytes = datasets.ImageDataset<Uint8Array>

export async function learn(options: RecordOptions, images?: Bytes): Promise<RecordResult> {
  const { dir, epochs, seed, rows, threads, testEvery = 5 } = options
  const { hidden = [1024, 512], batchSize = 256, learningRate = 3e-3 } = options
  const { train, test, imageShape } = images ?? (await datasets.mnist({ dir, raw: true }))
  const [pixels, labels] = [train.x.subarray(0, rows * 784), train.y.subarray(0, rows)]
  const steps = stepsOf(options, batchSize)
  using model = makeNetwork({ hidden, steps, learningRate, seed })
  const stream = new DistortionStream({ pixels, imageShape }, strong, { seed })
  const result: RecordResult = { accuracy: 0, seconds: [], waited: [] }
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const start = performance.now()
      const { pixels: distorted, waited } = await stream.next()
      // fit has its own copy of the data when training starts.
      const giveBack = { onTrainBegin: () => epoch + 1 < epochs && stream.giveBack(distorted) }
      const range = { initialEpoch: epoch, epochs: epoch + 1 }
      const { logs } = await model.fit(distorted, labels, { batchSize, threads, ...range, callbacks: giveBack })
      result.seconds.push((performance.now() - start) / 1000)
      result.waited.push(waited)
      const tested = (epoch + 1) % testEvery === 0 || epoch + 1 === epochs
      if (tested) result.accuracy = (await model.evaluate(test.x, test.y)).accuracy!
      console.log(
        `Epoch ${`${epoch + 1}`.padStart(3)}/${epochs}  loss ${logs.loss![0]!.toFixed(4)}  ` +
          `accuracy ${logs.accuracy![0]!.toFixed(4)}  ${result.seconds.at(-1)!.toFixed(1)} s, ` +
          `${waited.toFixed(2)} s of them waiting${tested ? `  test accuracy ${result.accuracy.toFixed(4)}` : ''}`,
      )
    }
  } finally {
    await stream.close()
  }
  return result
}

function print({ accuracy, seconds, waited }: RecordResult): void {
  printResult({ accuracy, seconds })
  const [first, ...others] = waited
  const sum = others.reduce((total, epoch) => total + epoch, 0)
  console.log(`Waited for images: ${first!.toFixed(2)} seconds at the start, ${sum.toFixed(2)} in all later epochs`)
}

await main(import.meta.url, 'mnist-record', { epochs: 40 }, async (options) => print(await learn(options)))
