// Callbacks of one's own: printing, early stopping, a schedule of rates. Of Keras's guide "Writing your own callbacks".
import { type Callback, datasets, layers, type Matrix, optimizers, Sequential, type TrainingRun } from 'perceptra'
import { main } from './main.js'

function makeModel(): Sequential {
  const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [784] })], seed: 1 })
  model.compile({
    optimizer: optimizers.rmsprop({ learningRate: 0.1 }),
    loss: 'meanSquaredError',
    metrics: ['meanAbsoluteError'],
  })
  return model
}

/** Prints when training and each epoch begin and end. */
function tellAll(print: (line: string) => void): Callback {
  return {
    onTrainBegin: ({ logKeys }) => print(`Starting training; log keys: ${logKeys}`),
    onTrainEnd: () => print('Stop training'),
    onEpochBegin: (epoch) => print(`Start epoch ${epoch}`),
    onEpochEnd: (epoch, logs) => print(`End epoch ${epoch}; log keys: ${Object.keys(logs)}`),
    onProgress: ({ step, steps }) => print(`...step ${step} of ${steps}`),
  }
}

function printLossAndError(print: (line: string) => void): Callback {
  return {
    onEpochEnd: (epoch, { loss, meanAbsoluteError }) =>
      print(`Epoch ${epoch}: loss ${loss!.toFixed(2)}, mean absolute error ${meanAbsoluteError!.toFixed(2)}`),
  }
}

/** Stops at the minimum of the loss, and goes back to its weights. */
class EarlyStoppingAtMinLoss implements Callback {
  #run!: TrainingRun
  #best = Infinity
  #wait = 0
  #weights: Matrix[] = []
  stoppedEpoch = 0

  constructor(readonly patience = 0) {}

  onTrainBegin(run: TrainingRun) {
    this.#run = run
    this.#best = Infinity
    this.#wait = 0
    this.stoppedEpoch = 0
  }

  onEpochEnd(epoch: number, { loss }: Record<string, number>) {
    if (loss! < this.#best) {
      this.#best = loss!
      this.#wait = 0
      this.#weights = this.#run.model.getWeights()
    } else if (++this.#wait >= this.patience) {
      this.stoppedEpoch = epoch
      this.#run.model.stopTraining = true
      this.#run.model.setWeights(this.#weights)
    }
  }
}

const rates = new Map([
  [3, 0.05],
  [6, 0.01],
  [9, 0.005],
  [12, 0.001],
])

/** Sets the rate before an epoch. */
function scheduleRates(schedule: (epoch: number, rate: number) => number, used: number[]): Callback {
  let run: TrainingRun
  return {
    onTrainBegin(training) {
      run = training
    },
    onEpochBegin(epoch) {
      run.model.learningRate = schedule(epoch, run.model.learningRate)
      used.push(run.model.learningRate)
    },
  }
}

export async function runCallbacks(dir: string) {
  const { train, test } = await datasets.mnist({ dir })
  const [x, y] = [train.x.data.subarray(0, 1000 * 784), train.y.subarray(0, 1000)]
  const lines: string[] = []
  const print = (line: string) => void lines.push(line)

  const told = makeModel()
  await told.fit(x, y, { batchSize: 128, epochs: 1, validationSplit: 0.5, callbacks: [tellAll(print)] })
  await told.fit(x, y, { batchSize: 128, epochs: 2, callbacks: [printLossAndError(print)] })
  const { loss } = await told.evaluate(test.x.data.subarray(0, 1000 * 784), test.y.subarray(0, 1000))

  const stopped = makeModel()
  const stopping = new EarlyStoppingAtMinLoss()
  const history = await stopped.fit(x, y, {
    batchSize: 64,
    epochs: 30,
    callbacks: [printLossAndError(print), stopping],
  })

  const used: number[] = []
  const schedule = (epoch: number, rate: number) => rates.get(epoch) ?? rate
  await makeModel().fit(x, y, { batchSize: 64, epochs: 15, callbacks: [scheduleRates(schedule, used)] })
  return { lines, loss: loss!, stoppedEpoch: stopping.stoppedEpoch, stopReason: history.stopReason, rates: used }
}

await main(import.meta.url, runCallbacks)
