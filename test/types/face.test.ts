import { expectTypeOf, it } from 'vitest'
import {
  Adaline,
  type AnyEstimator,
  CalibratedClassifier,
  type Callback,
  calibration,
  callbacks,
  datasets,
  FixedThresholdClassifier,
  type History,
  inspection,
  type Label,
  type LabelRow,
  type Loaded,
  type Logs,
  layers,
  load,
  type Matrix,
  MLPClassifier,
  MLPRegressor,
  metrics,
  modelSelection,
  NetworkClassifier,
  optimizers,
  Perceptron,
  Pipeline,
  pipeline,
  preprocessing,
  Sequential,
  SGDClassifier,
  SGDRegressor,
  Table,
  TunedThresholdClassifier,
} from '../../lib/index.js'

/** The keys that a type names, without those of its index signature. */
type KnownKeys<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] }

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
    expectTypeOf(await load<Sequential>('x')).toEqualTypeOf<Sequential>()
    const loaded = await load('x')
    expectTypeOf(loaded).toEqualTypeOf<Loaded>()
    // @ts-expect-error: a file may hold any kind
    loaded.summary()
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
    expectTypeOf<'valAccuracy' | 'loss' | 'valMeanSquaredError'>().toExtend<callbacks.LogKey>()
    callbacks.earlyStopping({ monitor: 'valAccuracy' })
    callbacks.earlyStopping({ monitor: 'myOwnScore' })
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

it('estimators have the type of the labels', () => {
  const check = async (x: Matrix, words: string[], codes: Int32Array) => {
    const fitted = await new MLPClassifier().fit(x, ['a', 'b'])
    expectTypeOf(fitted).toEqualTypeOf<MLPClassifier<'a' | 'b'>>()
    expectTypeOf(fitted.classes).toEqualTypeOf<('a' | 'b')[]>()
    expectTypeOf(fitted.predictSync([1])).toEqualTypeOf<'a' | 'b'>()
    expectTypeOf(await fitted.score(x, words)).toBeNumber()
    expectTypeOf(await new MLPClassifier().fit(x, words)).toEqualTypeOf<MLPClassifier<string>>()
    expectTypeOf(await new MLPClassifier().fit(x, codes)).toEqualTypeOf<MLPClassifier<number>>()
    expectTypeOf(await new MLPClassifier<string>().fit(x, ['a'])).toEqualTypeOf<MLPClassifier<string>>()
    expectTypeOf(await new SGDClassifier().fit(x, [true, false])).toEqualTypeOf<SGDClassifier<boolean>>()
    expectTypeOf(await new Perceptron().fit(x, words)).toEqualTypeOf<Perceptron<string>>()
    expectTypeOf(await new Adaline().fit(x, [1, 2])).toEqualTypeOf<Adaline<1 | 2>>()
    const rows = await new MLPClassifier<LabelRow>().fit(x, [[0, 1]])
    expectTypeOf(rows.classes).toEqualTypeOf<number[]>()
    expectTypeOf(await MLPClassifier.load<'a'>('x')).toEqualTypeOf<MLPClassifier<'a'>>()
    expectTypeOf(await SGDClassifier.load('x')).toEqualTypeOf<SGDClassifier>()
    // @ts-expect-error: not a label of this classifier
    await new SGDClassifier<'yes' | 'no'>().fit(x, ['maybe'])
    new MLPClassifier({ hiddenLayerSizes: 64 }).setParams({ hiddenLayerSizes: 32 })
    expectTypeOf(new MLPClassifier().getParams().hiddenLayerSizes).toEqualTypeOf<readonly number[]>()
    // @ts-expect-error: not a size
    new MLPClassifier({ hiddenLayerSizes: '64' })
  }
  expectTypeOf(check).toBeFunction()
})

it('classifiers of some labels are classifiers', () => {
  const check = async (x: Matrix, mlp: MLPClassifier<'a' | 'b'>, network: NetworkClassifier<1 | 2>) => {
    const takesMLP = (model: MLPClassifier) => model.predict(x)
    const takesSGD = (model: SGDClassifier) => model.fit(x, ['c', 'd'])
    expectTypeOf(await takesMLP(mlp)).toEqualTypeOf<Label[]>()
    await takesMLP(await new MLPClassifier().fit(x, ['a', 'b']))
    await takesSGD(await new SGDClassifier().fit(x, [true, false]))
    const models: (MLPClassifier | NetworkClassifier | Perceptron | Adaline)[] = [mlp, network]
    models.push(await new Perceptron().fit(x, ['a', 'b']), await new Adaline().fit(x, [1, 2]))
    const wider: MLPClassifier<string> = mlp
    expectTypeOf(await wider.predict(x)).toEqualTypeOf<string[]>()
    const any: AnyEstimator = mlp
    const held: Pipeline<MLPClassifier> = pipeline([mlp])
    const fitted: Pipeline<MLPClassifier> = await pipeline([new MLPClassifier()]).fit(x, ['a', 'b'])
    const calibrated: CalibratedClassifier<MLPClassifier> = new CalibratedClassifier({ estimator: mlp })
    const search = new modelSelection.GridSearch({ estimator: mlp, params: { alpha: [1] } })
    // @ts-expect-error: rows of several labels are no labels
    const several: MLPClassifier = new MLPClassifier<LabelRow>()
    return [any, held, fitted, calibrated, search, several]
  }
  expectTypeOf(check).toBeFunction()
})

interface Person {
  age: number
  job: string | null
}

it('rows may have the type of an interface', () => {
  const check = async (people: Person[], columns: { age: number[]; job: string[] }) => {
    const [person] = people as [Person]
    const table = Table.fromRows(people)
    Table.fromRows(new Set(people))
    Table.from(columns)
    expectTypeOf(table.numbers('age')).toEqualTypeOf<Float64Array>()
    expectTypeOf(table.strings('job')).toEqualTypeOf<readonly (string | null)[]>()
    const labels = table.labels<'clerk' | 'cook'>('job')
    const encoder = new preprocessing.OneHotEncoder()
    await encoder.fit(people)
    expectTypeOf(encoder.transformSync(person)).toEqualTypeOf<Float32Array>()
    expectTypeOf(encoder.transformSync(people)).toEqualTypeOf<Matrix>()
    const scaler = await new preprocessing.StandardScaler().fit(people)
    expectTypeOf(scaler.transformSync(person)).toEqualTypeOf<Float32Array>()
    const model = pipeline([
      new preprocessing.ColumnTransformer({ transformers: [['age', scaler, ['age']]] }),
      new MLPClassifier<'clerk' | 'cook'>(),
    ])
    await model.fit(people, labels)
    expectTypeOf(model.predictSync(person)).toEqualTypeOf<'clerk' | 'cook'>()
    expectTypeOf(model.predictSync(people)).toEqualTypeOf<('clerk' | 'cook')[]>()
    expectTypeOf(model.predictSync([[1, 'a']])).toEqualTypeOf<('clerk' | 'cook')[]>()
    await model.score(people, labels)
    await new modelSelection.GridSearch({ estimator: model, params: {} }).fit(people, labels)
    await inspection.permutationImportance(model, people, labels)
    // @ts-expect-error: rows, and no table in place of a row
    Table.fromRows([[1, 2]])
    // @ts-expect-error: no column
    Table.from({ age: 1 })
  }
  expectTypeOf(check).toBeFunction()
})

it('what is chosen by name takes its parameters beside the name', () => {
  const check = (model: Sequential) => {
    model.compile({ optimizer: { name: 'adam', learningRate: 1e-3 }, loss: { name: 'huber', delta: 2 } })
    model.compile({ optimizer: optimizers.adam({ learningRate: 1e-3 }), loss: { name: 'focal' } })
    layers.dense({
      ...{ units: 1, activation: { name: 'leakyRelu' }, kernelInitializer: { name: 'randomNormal', stddev: 0.1 } },
      ...{ kernelRegularizer: { name: 'l2', l2: 0.1 }, kernelConstraint: { name: 'maxNorm' } },
    })
    const learningRate = { name: 'cosine', initial: 0.1, steps: 100 } as const
    model.compile({ optimizer: { name: 'adam', learningRate }, loss: 'huber' })
    model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'huber' })
    model.learningRate = { name: 'exponentialDecay', initial: 0.1, steps: 10, decayRate: 0.9 }
    // @ts-expect-error: a schedule without its steps
    model.learningRate = { name: 'cosine', initial: 0.1 }
    // @ts-expect-error: not a parameter of adam
    model.compile({ optimizer: { name: 'adam', momentum: 0.9 }, loss: 'huber' })
    // @ts-expect-error: no such optimizer
    model.compile({ optimizer: { name: 'adamm' }, loss: 'huber' })
  }
  expectTypeOf(check).toBeFunction()
})

it('what throws at run time does not compile', () => {
  const check = async (model: Sequential, x: Matrix, y: number[]) => {
    // @ts-expect-error: an array is rows, and no list of batches
    await model.fit([[x, y]])
    // @ts-expect-error: likewise
    model.train([[x, y]])
    await model.fit(() => [[x, y]])
    await model.fit(new Set([[x, y] as const]))
    // @ts-expect-error: rows are flat
    layers.dense({ units: 1, inputShape: [28, 28] })
    // @ts-expect-error: a shape is an array
    layers.dense({ units: 1, inputShape: 784 })
  }
  expectTypeOf(check).toBeFunction()
})

it('logs have the keys that fit can log, and others', () => {
  const check = (history: History, logs: Logs) => {
    expectTypeOf(logs.loss).toBeNumber()
    expectTypeOf(logs.valAccuracy).toEqualTypeOf<number | undefined>()
    expectTypeOf<'valLoss' | 'auc'>().toExtend<Exclude<KnownKeys<Logs>, 'loss'>>()
    expectTypeOf(history.logs.loss).toEqualTypeOf<number[]>()
    expectTypeOf(history.logs.valLoss).toEqualTypeOf<number[] | undefined>()
    logs.gradientNorm = 1
    // @ts-expect-error: numbers only
    logs.note = 'good'
  }
  expectTypeOf(check).toBeFunction()
})

it('a search predicts on the spot as its estimator does', () => {
  const check = async () => {
    const estimator = new MLPClassifier<'a' | 'b'>()
    const search = new modelSelection.GridSearch({ estimator, params: { alpha: [1] } })
    expectTypeOf(search.predictSync([1, 2])).toEqualTypeOf<'a' | 'b'>()
    expectTypeOf(search.predictSync([[1, 2]])).toEqualTypeOf<('a' | 'b')[]>()
    expectTypeOf(search.predictProbaSync([1, 2])).toExtend<Float32Array>()
    const numbers = new modelSelection.GridSearch({ estimator: new MLPRegressor(), params: { alpha: [1] } })
    // @ts-expect-error: a regressor has no probabilities
    numbers.predictProbaSync([1, 2])
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

it('fit of a pipeline, and of what holds a classifier, infers the labels', () => {
  const check = async (x: Matrix, words: string[], numbers: number[]) => {
    const scaler = new preprocessing.StandardScaler()
    const fitted = await pipeline([scaler, new MLPClassifier()]).fit(x, ['a', 'b'])
    expectTypeOf(fitted.classes).toEqualTypeOf<('a' | 'b')[]>()
    expectTypeOf(await fitted.predict(x)).toEqualTypeOf<('a' | 'b')[]>()
    expectTypeOf(fitted.predictSync([1])).toEqualTypeOf<'a' | 'b'>()
    const made = await new Pipeline({ steps: [scaler, ['last', new SGDClassifier()]] }).fit(x, ['a', 'b'])
    expectTypeOf(made.classes).toEqualTypeOf<('a' | 'b')[]>()
    expectTypeOf((await pipeline([new NetworkClassifier()]).fit(x, words)).predictSync([1])).toEqualTypeOf<string>()
    expectTypeOf((await pipeline([new Perceptron()]).fit(x, numbers)).classes).toEqualTypeOf<number[]>()
    // Declared labels stay.
    const declared = pipeline([new MLPClassifier<'a' | 'b' | 'c'>()])
    expectTypeOf((await declared.fit(x, ['a', 'b'])).classes).toEqualTypeOf<('a' | 'b' | 'c')[]>()
    const regression = await pipeline([scaler, new MLPRegressor()]).fit(x, numbers)
    expectTypeOf(await regression.predict(x)).toEqualTypeOf<Float64Array>()
    expectTypeOf(await pipeline([scaler]).fit(x)).toEqualTypeOf<Pipeline<preprocessing.StandardScaler>>()
    const estimator = pipeline([scaler, new SGDClassifier({ loss: 'logLoss' })])
    const calibrated = await new CalibratedClassifier({ estimator }).fit(x, ['a', 'b'])
    expectTypeOf(calibrated.classes).toEqualTypeOf<('a' | 'b')[]>()
    expectTypeOf(calibrated.predictSync([1])).toEqualTypeOf<'a' | 'b'>()
    expectTypeOf(calibrated.predictProbaSync([1])).toEqualTypeOf<Float32Array>()
    const tuned = await pipeline([new TunedThresholdClassifier({ estimator, scoring: 'f1' })]).fit(x, ['a', 'b'])
    expectTypeOf(await tuned.predict(x)).toEqualTypeOf<('a' | 'b')[]>()
    // @ts-expect-error: no such score of labels
    new TunedThresholdClassifier({ estimator, scoring: 'rocAuc' })
    // @ts-expect-error: a regressor has no classes
    new FixedThresholdClassifier({ estimator: new MLPRegressor() })
  }
  expectTypeOf(check).toBeFunction()
})
