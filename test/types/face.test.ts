import { expectTypeOf, it } from 'vitest'
import {
  type Callback,
  calibration,
  callbacks,
  datasets,
  type History,
  type Loaded,
  layers,
  load,
  type Matrix,
  MLPRegressor,
  metrics,
  pipeline,
  preprocessing,
  Sequential,
  SGDClassifier,
  SGDRegressor,
} from '../../lib/index.js'

// Checked by tsc, which `npm run lint` runs: what is written here must compile, and what is marked must not.
it('has the types that users see', () => {
  const check = async (model: Sequential) => {
    const { train } = datasets.digits()
    const history = await model.fit(train.x, train.y, { epochs: 2, callbacks: [callbacks.progress()] })
    expectTypeOf(history).toEqualTypeOf<History>()
    expectTypeOf(history.logs.valAccuracy).toEqualTypeOf<number[] | undefined>()
    expectTypeOf(await model.predict([[1, 2]])).toEqualTypeOf<Matrix>()
    expectTypeOf(model.predictSync(Float32Array.of(1, 2))).toEqualTypeOf<Float32Array>()
    expectTypeOf(model.predictSync([1, 2])).toEqualTypeOf<Float32Array>()
    expectTypeOf(model.predictSync([[1, 2]])).toEqualTypeOf<Matrix>()
    expectTypeOf(await load('x')).toEqualTypeOf<Sequential>()
    const loaded = await load<Loaded>('x')
    if (loaded instanceof Sequential) loaded.summary()
    if (loaded instanceof SGDRegressor) expectTypeOf(loaded.coef).toEqualTypeOf<Float64Array>()
    const classifier = new SGDClassifier<'yes' | 'no'>({ loss: 'hinge', classWeight: { yes: 2 } })
    expectTypeOf(await classifier.predict([[1]])).toEqualTypeOf<('yes' | 'no')[]>()
    expectTypeOf(classifier.predictSync([1])).toEqualTypeOf<'yes' | 'no'>()
    expectTypeOf(classifier.predictSync([[1]])).toEqualTypeOf<('yes' | 'no')[]>()
    const scaled = pipeline([new preprocessing.StandardScaler(), ['last', classifier]])
    expectTypeOf(await scaled.predict([{ a: 1 }])).toEqualTypeOf<('yes' | 'no')[]>()
    expectTypeOf(scaled.predictSync({ a: 1 })).toEqualTypeOf<'yes' | 'no'>()
    expectTypeOf(scaled.predictSync([1])).toEqualTypeOf<'yes' | 'no'>()
    expectTypeOf(scaled.predictSync([[1]])).toEqualTypeOf<('yes' | 'no')[]>()
    expectTypeOf(scaled.classes).toEqualTypeOf<('yes' | 'no')[]>()
    expectTypeOf(await scaled.predictProba([[1]])).toEqualTypeOf<Matrix>()
    await scaled.fit([[1], [2]], ['yes', 'no'], { sampleWeight: [1, 2], onEpochEnd: () => {} })
    // @ts-expect-error: no such option of the estimator
    await scaled.fit([[1], [2]], ['yes', 'no'], { epochs: 1 })
    // @ts-expect-error: no step
    pipeline([new preprocessing.StandardScaler(), 7])
    const regression = pipeline([new preprocessing.StandardScaler(), new MLPRegressor()])
    // @ts-expect-error: a regressor has no probabilities
    void (await regression.predictProba([[1]])).rows
    // @ts-expect-error: no such label
    await classifier.fit([[1], [2]], ['yes', 'maybe'])
    // @ts-expect-error: no such loss
    new SGDClassifier({ loss: 'hing' })
    for await (const event of model.train(train.x, train.y)) {
      if (event.type === 'epochEnd') expectTypeOf(event.logs.loss).toBeNumber()
    }
    // @ts-expect-error: a misspelt option
    await model.fit(train.x, train.y, { epoch: 2 })
    // @ts-expect-error: no such loss
    model.compile({ optimizer: 'adam', loss: 'meanSquareError' })
    // @ts-expect-error: units are missing
    layers.dense({ activation: 'relu' })
    const callback: Callback = { onEpochEnd: async (epoch, logs) => expectTypeOf(logs.loss).toEqualTypeOf(epoch) }
    const counter = {
      n: 0,
      onEpochEnd() {
        this.n++
      },
    }
    await model.fit(train.x, train.y, { callbacks: [counter, callback], timeLimit: Infinity })
  }
  expectTypeOf(check).toBeFunction()
})

it('metrics of each label or column are arrays', () => {
  const check = () => {
    expectTypeOf(metrics.f1([1], [1])).toBeNumber()
    expectTypeOf(metrics.f1([1], [1], { average: 'none' })).toEqualTypeOf<Float64Array>()
    expectTypeOf(metrics.mse([1], [1])).toBeNumber()
    expectTypeOf(metrics.mse([[1, 2]], [[1, 2]], { multioutput: 'rawValues' })).toEqualTypeOf<Float64Array>()
    expectTypeOf(metrics.classificationReport([1], [1])).toBeString()
    expectTypeOf(metrics.classificationReport([1], [1], { outputDict: true }).macroAverage.f1).toBeNumber()
    // @ts-expect-error: beta is missing
    metrics.fBeta([1], [1])
    // @ts-expect-error: neither costs nor a precision nor a metric
    calibration.tuneThreshold([0, 1], [0, 1])
  }
  expectTypeOf(check).toBeFunction()
})
