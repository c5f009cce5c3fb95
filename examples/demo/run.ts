import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { callbacks, type datasets, type Sequential } from 'perceptra'
import { countConfusion, countRight, formatConfusion } from './confusion.js'
import { sideBySide } from './draw.js'
import { drawMisread, findMisread } from './misread.js'
import { makeClassifier } from './network.js'
import type { DemoOptions } from './options.js'
import { presets } from './presets.js'
import { saveAndLoad } from './reload.js'

type Dataset = datasets.ImageDataset

/** The number of mistakes to draw. */
const drawn = 4

/** Trains, tests, shows, saves and loads. Ctrl-C ends the training; the rest uses the model trained so far. */
export async function run(options: DemoOptions): Promise<void> {
  const { title, load, learningRate } = presets[options.data]
  if (options.save !== undefined) await checkFolder(options.save)
  const stop = new AbortController()
  const onCtrlC = () => stop.abort(new Error('Stopped before there was anything to show.'))
  process.once('SIGINT', onCtrlC)

  console.log(`perceptra learns to classify ${title}\n`)
  const data = await load({ dir: options.dir, signal: stop.signal })
  const { hidden, seed, epochs, batchSize } = options
  const steps = epochs * Math.ceil(data.train.x.rows / batchSize)
  const { classes } = data
  using model = makeClassifier({ inputs: data.train.x.cols, hidden, classes, seed, learningRate, steps })

  introduce(model, data, options, learningRate)
  await train(model, data, options, stop.signal)
  process.off('SIGINT', onCtrlC)
  await test(model, data, options.save)
}

function introduce(model: Sequential, data: Dataset, options: DemoOptions, learningRate: number): void {
  const { train, test, imageShape, classes } = data
  const cores = availableParallelism()
  console.log(
    `Data: ${count(train.x.rows)} images to learn from, ${count(test.x.rows)} to test with, ` +
      `${imageShape.join(' x ')} pixels, ${classes} classes\n`,
  )
  console.log(`${model.summary()}\n`)
  console.log(
    `Training: ${options.epochs} epochs, ${options.batchSize} images a step, Adam with a rate that falls from ` +
      `${learningRate} to 0, seed ${options.seed}`,
  )
  console.log(`Threads: ${options.threads || `by the size of the work, at most ${cores} cores`}\n`)
}

async function train(model: Sequential, { train }: Dataset, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const { epochs, batchSize, threads } = options
  const start = performance.now()
  let done = 0
  const counter = { onEpochEnd: () => ++done }
  try {
    await model.fit(train.x, train.y, {
      ...{ epochs, batchSize, threads, signal },
      callbacks: [callbacks.progress(), counter],
    })
  } catch (error) {
    if (!signal.aborted) throw error
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(2)
  const outcome = signal.aborted ? `Stopped after ${done} whole epochs,` : 'Trained'
  console.log(`\n${outcome} in ${seconds} seconds`)
}

async function test(model: Sequential, { test, classNames, imageShape }: Dataset, save: string | undefined) {
  const { loss } = await model.evaluate(test.x, test.y)
  const probabilities = await model.predict(test.x)
  const counts = countConfusion(probabilities, test.y)
  const right = countRight(counts)
  const accuracy = ((right / test.x.rows) * 100).toFixed(2)
  const fraction = `${count(right)} of ${count(test.x.rows)}`
  console.log(`Test accuracy: ${accuracy} % (${fraction}), loss ${loss.toFixed(4)}\n`)

  console.log('Confusion matrix: a row for each true class, a column for each predicted class')
  console.log(`${formatConfusion(counts, classNames).join('\n')}\n`)

  const misread = findMisread(probabilities, test.y)
  const blocks = misread
    .slice(0, drawn)
    .map((mistake) => drawMisread(mistake, test.x.row(mistake.index), { imageShape, classNames }))
  console.log(misread.length > 0 ? `The most confident of ${count(misread.length)} mistakes` : 'No mistakes')
  console.log(`${sideBySide(blocks, process.stdout.columns || 80).join('\n')}\n`)

  await saveAndLoad(model, save, { x: test.x, labels: test.y, probabilities, classNames })
}

/** A wrong path should be an error before the training, not after it. */
async function checkFolder(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK)
  } catch (cause) {
    throw new Error(`--save ${path}: the folder ${dirname(path)} is missing or cannot be written to.`, { cause })
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
