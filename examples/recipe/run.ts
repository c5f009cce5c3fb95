import type { datasets, Sequential } from 'perceptra'
import type { RecipeOptions } from './options.js'

export interface RecipeResult {
  /** Accuracy on the test images after the last epoch. */
  accuracy: number
  /** Seconds of each epoch. */
  seconds: number[]
}

/** Trains on the first rows of a data set, with one line of output per epoch, and evaluates the test images once, at the end. */
export async function trainAndTest(
  model: Sequential,
  { train, test }: datasets.ImageDataset,
  { epochs, batchSize, rows, threads }: RecipeOptions & { batchSize: number },
): Promise<RecipeResult> {
  const seconds: number[] = []
  let start = 0
  const watch = {
    onEpochBegin() {
      start = performance.now()
    },
    onEpochEnd(epoch: number, { loss, accuracy }: Record<string, number>) {
      seconds.push((performance.now() - start) / 1000)
      const number = `${epoch + 1}`.padStart(`${epochs}`.length)
      const duration = `${seconds.at(-1)!.toFixed(1)} s`
      console.log(`Epoch ${number}/${epochs}  loss ${loss!.toFixed(4)}  accuracy ${accuracy!.toFixed(4)}  ${duration}`)
    },
  }
  const x = train.x.data.subarray(0, rows * train.x.cols)
  await model.fit(x, train.y.subarray(0, rows), { epochs, batchSize, threads, callbacks: [watch] })
  const { accuracy } = await model.evaluate(test.x, test.y)
  return { accuracy: accuracy!, seconds }
}

export function printResult({ accuracy, seconds }: RecipeResult): void {
  console.log(`\nTest accuracy: ${(100 * accuracy).toFixed(2)} %`)
  console.log(`${(seconds.reduce((sum, epoch) => sum + epoch, 0) / seconds.length).toFixed(2)} seconds an epoch`)
}

/** Steps of a whole run. */
export function stepsOf({ epochs, rows }: RecipeOptions, batchSize: number): number {
  return epochs * Math.ceil(rows / batchSize)
}
