import { expect, it } from 'vitest'
import { modelSelection, Table } from '../../../lib/index.js'
import { classifier, heights, x, y } from './clouds.js'

const { crossValidate, crossValPredict, learningCurve, validationCurve } = modelSelection

/** An estimator of which the first clone alone ends its fit; the others wait for the signal. */
class FirstOnly {
  #count: { clones: number }
  #waits: boolean
  constructor(clones = 0, count = { clones }, waits = false) {
    this.#count = count
    this.#waits = waits
  }
  clone() {
    return new FirstOnly(0, this.#count, this.#count.clones++ > 0)
  }
  getParams = () => ({ a: 0 })
  setParams = () => this
  score = async () => 1
  predict = async () => []
  async fit(_x: unknown, _y: unknown, options?: { signal: AbortSignal }) {
    if (!this.#waits) return
    await new Promise((resolve) => options!.signal.addEventListener('abort', resolve))
  }
}

const table = Table.from({ a: heights })
const limited = { cv: 3, concurrency: 1, timeLimit: 0.5 }

it('crossValidate resolves at the time limit with the scores so far', async () => {
  const options = { ...limited, returnTrainScore: true, returnEstimators: true }
  const result = await crossValidate(new FirstOnly(), table, y, options)
  expect(result.stopReason).toBe('timeLimit')
  expect([...result.testScores]).toEqual([1, Number.NaN, Number.NaN])
  expect([...result.trainScores!]).toEqual([1, Number.NaN, Number.NaN])
  expect([...result.fitTimes].map(Number.isNaN)).toEqual([false, true, true])
  expect([result.mean, result.std]).toEqual([1, 0])
  expect(result.estimators!.map((model) => model === undefined)).toEqual([false, true, true])
  const none = await crossValidate(new FirstOnly(1), table, y, options)
  expect([none.stopReason, none.mean]).toEqual(['timeLimit', Number.NaN])
  expect((await crossValidate(classifier, x, y, { cv: 2, timeLimit: 1000 })).stopReason).toBe('done')
})

it('crossValPredict rejects at the time limit', async () => {
  const predicted = crossValPredict(new FirstOnly(), table, y, limited)
  await expect(predicted).rejects.toThrow(/the time limit of 0.5 s ended the run after 1 of 3 fits/)
  await expect(predicted).rejects.toMatchObject({ code: 'ERR_TIME_LIMIT' })
})

it('learningCurve and validationCurve resolve at the time limit with the scores so far', async () => {
  const sizes = await learningCurve(new FirstOnly(), table, y, { ...limited, trainSizes: [5, 9] })
  expect(sizes.stopReason).toBe('timeLimit')
  expect(sizes.testScores.map((scores) => [...scores])).toEqual([
    [1, Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN, Number.NaN],
  ])
  expect([[...sizes.testMean], [...sizes.trainStd]]).toEqual([
    [1, Number.NaN],
    [0, Number.NaN],
  ])
  const values = await validationCurve(new FirstOnly(), table, y, { ...limited, param: 'a', values: [1, 2] })
  expect([values.stopReason, ...values.testMean]).toEqual(['timeLimit', 1, Number.NaN])
})
