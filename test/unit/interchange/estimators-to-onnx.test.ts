import { describe, expect, it } from 'vitest'
import {
  Adaline,
  calibration,
  layers,
  losses,
  Matrix,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  NetworkRegressor,
  Perceptron,
  SGDClassifier,
  SGDRegressor,
} from '../../../lib/index.js'
import { type OnnxModel, toOnnx } from '../../../lib/interchange/index.js'
import { distance, runOnnx } from './runtime.js'
import { classesOf, rowsOf } from './tables.js'

const x = rowsOf(120, 3)
const test = rowsOf(50, 3, 2)
const two = classesOf(x, 2)
const three = classesOf(x, 3)
const words = three.map((k) => ['red', 'green', 'blue'][k]!)
const table = three.map((k) => [Number(k > 0), Number(k !== 1)])
const numbers = Array.from({ length: x.rows }, (_, i) => Math.abs(x.at(i, 0) - 2 * x.at(i, 1)) + 0.1)
const pairs = numbers.map((value) => [value, -value])

interface Classifies {
  predict(x: Matrix): Promise<readonly unknown[]>
  predictProba?(x: Matrix): Promise<Matrix>
  decisionFunction?(x: Matrix): Promise<Matrix>
}

async function checkClasses(model: OnnxModel & Classifies, proba = true): Promise<void> {
  const { label, probabilities, scores } = await runOnnx(await toOnnx(model), { input: test.data }, test.rows)
  const expected = (await model.predict(test)).flat()
  expect(Array.from(label!.data, plain)).toEqual(expected)
  if (!proba) {
    expect(probabilities).toBeUndefined()
    if (model.decisionFunction)
      expect(distance(scores!.data, (await model.decisionFunction(test)).data)).toBeLessThan(1e-6)
    return
  }
  const shares = await model.predictProba!(test)
  expect(probabilities!.dims).toEqual([shares.rows, shares.cols])
  expect(distance(probabilities!.data, shares.data)).toBeLessThan(1e-6)
}

/** Labels as they are here. */
const plain = (label: unknown) => (typeof label === 'bigint' ? Number(label) : label)

const network = { layers: [layers.dense({ units: 6, activation: 'tanh' })], epochs: 3, seed: 1 } as const

describe('onnxruntime gives labels and probabilities of', () => {
  it.each([
    ['two classes', two],
    ['three classes', three],
    ['words', words],
    ['huge numbers', three.map((k) => k * 1e20)],
    ['several labels', table],
  ])('an MLPClassifier of %s', async (_, y) => {
    const clf = new MLPClassifier({ hiddenLayerSizes: [8, 4], maxIter: 5, seed: 1 })
    await checkClasses((await clf.fit(x, y as number[])) as never)
  })

  it('an MLPClassifier of truth values', async () => {
    const clf = await new MLPClassifier({ maxIter: 3, seed: 1 }).fit(
      x,
      two.map((k) => k === 1),
    )
    const { label } = await runOnnx(await toOnnx(clf), { input: test.data }, test.rows)
    expect(Array.from(label!.data, Boolean)).toEqual(await clf.predict(test))
  })

  it.each([
    ['two classes', {}, two],
    ['three classes', {}, words],
    ['several labels', {}, table],
    ['logits of two classes', { loss: losses.binaryCrossentropy({ fromLogits: true }) }, two],
    ['logits of three classes', { loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) }, three],
    ['one sigmoid for each class', { loss: losses.binaryCrossentropy() }, three],
    ['two softmax outputs', { outputActivation: 'softmax', loss: losses.sparseCategoricalCrossentropy() }, two],
  ])('a NetworkClassifier of %s', async (_, options, y) => {
    const clf = new NetworkClassifier({ ...network, ...(options as object) })
    await checkClasses((await clf.fit(x, y as number[])) as never)
  })

  it('a NetworkClassifier with a hinge, which has scores', async () => {
    const clf = await new NetworkClassifier({ ...network, loss: 'hinge' }).fit(x, two)
    await checkClasses(clf as never, false)
  })

  it.each(['hinge', 'logLoss', 'modifiedHuber', 'squaredHinge'] as const)('an SGDClassifier with %s', async (loss) => {
    const proba = loss === 'logLoss' || loss === 'modifiedHuber'
    await checkClasses((await new SGDClassifier({ loss, seed: 1 }).fit(x, words)) as never, proba)
    await checkClasses((await new SGDClassifier({ loss, seed: 1, average: true }).fit(x, two)) as never, proba)
  })

  it('a Perceptron and an Adaline', async () => {
    await checkClasses((await new Perceptron().fit(x, words)) as never, false)
    await checkClasses((await new Adaline({ seed: 1 }).fit(x, two)) as never, false)
  })
})

describe('onnxruntime gives the numbers of', () => {
  it.each([
    ['an MLPRegressor', new MLPRegressor({ hiddenLayerSizes: [8], maxIter: 5, seed: 1 }), numbers],
    ['an MLPRegressor with poisson', new MLPRegressor({ loss: 'poisson', maxIter: 5, seed: 1 }), numbers],
    ['an MLPRegressor of two numbers', new MLPRegressor({ maxIter: 5, seed: 1 }), pairs],
    ['a NetworkRegressor', new NetworkRegressor(network), numbers],
    ['means of gaussianNll', new NetworkRegressor({ ...network, loss: 'gaussianNll' }), pairs],
    ['rates of logarithms', new NetworkRegressor({ ...network, loss: losses.poisson({ fromLogits: true }) }), numbers],
    ['an SGDRegressor', new SGDRegressor({ seed: 1 }), numbers],
  ])('%s', async (_, model, y) => {
    const fitted = await (model as typeof MLPRegressor.prototype).fit(x, y as number[])
    const { prediction } = await runOnnx(await toOnnx(fitted), { input: test.data }, test.rows)
    const expected = await fitted.predict(test)
    expect(distance(prediction!.data, expected instanceof Matrix ? expected.data : expected)).toBeLessThan(1e-6)
  })
})

describe('calibration goes into the graph:', () => {
  it.each([
    ['temperature, two labels', new calibration.TemperatureScaling(), two],
    ['temperature, three labels', new calibration.TemperatureScaling(), words],
    ['isotonic, two labels', new calibration.IsotonicCalibration(), two],
    ['isotonic, three labels', new calibration.IsotonicCalibration(), words],
  ])('%s', async (_, calibrator, y) => {
    const clf = await new MLPClassifier({ maxIter: 5, seed: 1 }).fit(x, y as string[])
    calibrator.fit(await clf.predictProba(x), y as string[])
    const bytes = await toOnnx(clf, { calibration: calibrator })
    const { probabilities } = await runOnnx(bytes, { input: test.data }, test.rows)
    const expected = calibrator.transform(await clf.predictProba(test))
    expect(distance(probabilities!.data, expected.data)).toBeLessThan(1e-6)
  })

  it('is refused without probabilities, or for other labels', async () => {
    const fitted = new calibration.TemperatureScaling().fit([0.1, 0.8], [0, 1])
    const perceptron = await new Perceptron().fit(x, two)
    await expect(toOnnx(perceptron, { calibration: fitted })).rejects.toThrow(
      'ONNX cannot express the calibration: the model puts out no probabilities.',
    )
    const clf = await new MLPClassifier({ maxIter: 1, seed: 1 }).fit(x, words)
    await expect(toOnnx(clf, { calibration: fitted })).rejects.toThrow('it has 2 labels, but the model puts out 3')
  })
})

it('rejects a model that is not fitted', async () => {
  await expect(toOnnx(new MLPClassifier())).rejects.toThrow('Expected a fitted model for toOnnx')
})
