import { invalid } from '../base/check.js'
import { checkRate } from '../spec/rate.js'
import { readSchedule, type ScheduleLike } from '../spec/schedule.js'
import { rateAt } from '../spec/schedule-rates.js'
import { perRun } from './per-run.js'
import { checkPlainRate } from './plain-rate.js'
import type { Callback, TrainingRun } from './types.js'

/** Returns the rate of an epoch, counted from 0, from the current rate; may be async. */
export type RateOfEpoch = (epoch: number, rate: number) => number | Promise<number>

/**
 * Sets the learning rate at the beginning of each epoch: to the result of a function, or by a schedule whose steps are
 * epochs. The rate of the model must be a number. As Keras's LearningRateScheduler.
 * @throws ArgumentError for any other value; fit throws it for a rate out of range, a model whose rate is a schedule or
 * a function, or lbfgs, which has no rate.
 * @example
 * const { train } = datasets.digits()
 * const halve = callbacks.learningRateScheduler((epoch, rate) => (epoch > 0 && epoch % 2 === 0 ? rate / 2 : rate))
 * await model.fit(train.x, train.y, { epochs: 4, callbacks: [halve] })
 */
export function learningRateScheduler(schedule: RateOfEpoch | ScheduleLike): Callback {
  if (typeof schedule === 'function') return perRun(() => new LearningRateScheduler(schedule))
  if (schedule === null || typeof schedule !== 'object') {
    throw invalid('learningRateScheduler', 'a function (epoch, rate) or a schedule', schedule)
  }
  const spec = readSchedule(schedule, 'learningRateScheduler')
  return perRun(() => new LearningRateScheduler((epoch) => rateAt(spec, epoch)))
}

class LearningRateScheduler implements Callback {
  readonly #rateOf: RateOfEpoch
  #run: TrainingRun | undefined

  constructor(rateOf: RateOfEpoch) {
    this.#rateOf = rateOf
  }

  onTrainBegin(run: TrainingRun): void {
    checkPlainRate(run, 'learningRateScheduler')
    this.#run = run
  }

  async onEpochBegin(epoch: number): Promise<void> {
    const { model } = this.#run!
    const rate = await this.#rateOf(epoch, model.learningRate)
    model.learningRate = checkRate(rate, `learningRateScheduler at epoch ${epoch}`)
  }
}
