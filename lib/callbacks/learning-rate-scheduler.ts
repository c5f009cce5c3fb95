import { invalid } from '../base/check.js'
import { checkRate } from '../spec/rate.js'
import { readSchedule, type ScheduleSpec } from '../spec/schedule.js'
import { rateAt } from '../spec/schedule-rates.js'
import { checkPlainRate } from './plain-rate.js'
import type { Callback, TrainingRun } from './types.js'

/** The rate of an epoch, counted from 0; `rate` is the one so far. It may be awaited. */
export type RateOfEpoch = (epoch: number, rate: number) => number | Promise<number>

/**
 * Sets the learning rate at the beginning of each epoch: to what a function returns, or to a schedule whose steps are
 * epochs. The model's own rate must be a number. Keras's LearningRateScheduler.
 * @throws ArgumentError for neither; fit does for a rate out of its range, a model's rate that is a schedule or a
 * function, or lbfgs, which has none.
 * @example
 * const { train } = datasets.digits()
 * const halve = callbacks.learningRateScheduler((epoch, rate) => (epoch > 0 && epoch % 2 === 0 ? rate / 2 : rate))
 * await model.fit(train.x, train.y, { epochs: 4, callbacks: [halve] })
 */
export function learningRateScheduler(schedule: RateOfEpoch | ScheduleSpec): Callback {
  if (typeof schedule === 'function') return new LearningRateScheduler(schedule)
  if (schedule === null || typeof schedule !== 'object') {
    throw invalid('learningRateScheduler', 'a function (epoch, rate) or a schedule', schedule)
  }
  const spec = readSchedule(schedule, 'learningRateScheduler')
  return new LearningRateScheduler((epoch) => rateAt(spec, epoch))
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
