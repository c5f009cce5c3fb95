import { describe, expect, it } from 'vitest'
import { Adaline, ArgumentError, Perceptron, SGDClassifier } from '../../../lib/index.js'
import { three, two, weights, x } from '../estimators/data.js'

describe('labels', () => {
  it.each([
    ['strings', three, ['low', 'mid', 'top']],
    ['booleans', two, [false, true]],
    ['numbers', three.map((label) => ({ low: 10, mid: -2, top: 9 })[label]!), [-2, 9, 10]],
    ['a typed array', Int32Array.from(two, (label) => (label ? 7 : -1)), [-1, 7]],
  ])('may be %s and come back as they were', async (_, labels, classes) => {
    const model = new SGDClassifier({ seed: 1 })
    await model.fit(x, labels)
    expect(model.classes).toEqual(classes)
    const predicted = await model.predict(x)
    for (const label of predicted) expect(classes).toContain(label)
    expect(model.predictSync(x)).toEqual(predicted)
    expect(model.predictSync(x.row(3))).toBe(predicted[3])
    const right = predicted.filter((label, i) => label === labels[i]).length
    expect(await model.score(x, labels)).toBe(right / 120)
    expect(right).toBeGreaterThan(80)
  })

  it.each([
    [[...two.slice(1), null], /row 119 of y, but got null/],
    [[undefined, ...two.slice(1)], /row 0 of y/],
    [[...two.slice(1), 'x'], /a boolean for row 119 of y \(as in row 0\)/],
    [two.map((_, i) => (i === 5 ? Number.NaN : i % 2)), /row 5 of y.*NaN/],
    [two.map((_, i) => (i === 5 ? 1n : i % 2)), /row 5 of y/],
    [two.map((_, i) => (i === 5 ? 0.5 : i % 2)), /class for row 5 of y, but got 0\.5.*regression/],
    [two.map(() => 'a'), /at least two classes.*one class, "a", alone/],
    [two.slice(1), /120 labels for y \(as many as x has rows\)/],
    ['abc', /an array of labels/],
    [[], /at least one label/],
    [Array(120), /row 0 of y/],
  ])('rejects wrong labels (%#)', async (labels, message) => {
    for (const model of [new SGDClassifier(), new Perceptron(), new Adaline()]) {
      const fit = model.fit(x, labels as never)
      await expect(fit).rejects.toThrow(message)
      await expect(fit).rejects.toThrow(ArgumentError)
      expect(model.isFitted).toBe(false)
    }
  })
})

describe('sample weights', () => {
  it.each([
    [[1, 2], /120 numbers/],
    [weights.map((w, i) => (i === 7 ? -1 : w)), /row 7 of sampleWeight.*-1/],
    [weights.map((w, i) => (i === 8 ? Number.NaN : w)), /row 8 of sampleWeight.*NaN/],
    [weights.map(() => 0), /all are 0/],
    [3, /one number for each row for sampleWeight/],
  ])('rejects wrong sample weights (%#)', async (sampleWeight, message) => {
    await expect(new SGDClassifier().fit(x, two, { sampleWeight: sampleWeight as never })).rejects.toThrow(message)
  })

  // Without decay and shuffling, so that a row of weight 0 changes nothing.
  const plain = { penalty: null, learningRate: 'constant', shuffle: false, tol: null, maxIter: 5 } as const
  const models = [
    ['SGDClassifier', () => new SGDClassifier(plain)],
    ['Perceptron', () => new Perceptron({ shuffle: false, tol: null, maxIter: 5 })],
    ['Adaline', () => new Adaline({ solver: 'minibatch', batchSize: 11, tol: null, maxIter: 5, seed: 1 })],
    ['Adaline, batch', () => new Adaline({ solver: 'batch', tol: null, maxIter: 5, seed: 1 })],
  ] as const

  it.each(models)('a sample weight of 0 leaves a row out: %s', async (_, make) => {
    const kept = [...two.keys()].filter((row) => row % 3 !== 0)
    const all = await make().fit(x, two, { sampleWeight: two.map((_, row) => Number(row % 3 !== 0)) })
    const some = await make().fit(
      kept.map((row) => x.row(row)),
      kept.map((row) => two[row]!),
    )
    expect(all.coef).toEqual(some.coef)
    expect(all.intercept).toEqual(some.intercept)
  })

  it.each(models)('classWeight weighs all rows of a class: %s', async (_, make) => {
    const byClass = make().setParams({ classWeight: new Map([[true, 3]]) })
    await byClass.fit(x, two)
    const byRow = await make().fit(x, two, { sampleWeight: two.map((label) => (label ? 3 : 1)) })
    expect(byClass.coef).toEqual(byRow.coef)
    const named = make().setParams({ classWeight: { true: 3 } })
    await named.fit(x, two)
    expect(named.coef).toEqual(byRow.coef)
  })

  it("classWeight 'balanced' is rows / (classes x rows of the class)", async () => {
    const ones = two.filter(Boolean).length
    const balanced = await new SGDClassifier({ classWeight: 'balanced', seed: 1 }).fit(x, two)
    const classWeight = { true: 120 / (2 * ones), false: 120 / (2 * (120 - ones)) }
    expect(balanced.coef).toEqual((await new SGDClassifier({ classWeight, seed: 1 }).fit(x, two)).coef)
  })

  it('sample weights count in scores', async () => {
    const model = await new SGDClassifier({ seed: 1 }).fit(x, three)
    const predicted = await model.predict(x)
    const sum = (right: boolean) =>
      weights.reduce((total, w, i) => total + (right && predicted[i] !== three[i] ? 0 : w), 0)
    expect(await model.score(x, three, { sampleWeight: weights })).toBeCloseTo(sum(true) / sum(false), 12)
  })
})
