// Fuel efficiency of cars: a regression, stopped early. Of TensorFlow's tutorial "Basic regression".
import { join } from 'node:path'
import { callbacks, datasets, layers, modelSelection, optimizers, preprocessing, Sequential, Table } from 'perceptra'
import { main } from './main.js'

const numeric = ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration', 'model_year']

export async function learnFuel(dir: string, { epochs = 1000 } = {}) {
  const raw = await datasets.readCsv(join(dir, 'mpg.csv.gz'))
  const table = Table.fromRows([...raw].filter((car) => numeric.every((name) => car[name] !== null)))
  const mpg = table.column('mpg') as Float64Array
  const { xTrain, xTest, yTrain, yTest } = modelSelection.trainTestSplit(table, mpg, { testSize: 0.2, seed: 0 })

  const columns = new preprocessing.ColumnTransformer({
    transformers: [
      ['num', new preprocessing.StandardScaler(), numeric],
      ['origin', new preprocessing.OneHotEncoder(), ['origin']],
    ],
  })
  const train = await columns.fitTransform(xTrain)
  const test = await columns.transform(xTest)

  const model = new Sequential({
    layers: [
      layers.dense({ units: 64, activation: 'relu', inputShape: [train.cols] }),
      layers.dense({ units: 64, activation: 'relu' }),
      layers.dense({ units: 1 }),
    ],
    seed: 1,
  })
  model.compile({
    loss: 'meanSquaredError',
    optimizer: optimizers.rmsprop({ learningRate: 0.001 }),
    metrics: ['meanAbsoluteError', 'meanSquaredError'],
  })
  console.log(model.summary(), await model.predict(train.data.subarray(0, 10 * train.cols)))

  const { stopReason, epochs: trained } = await model.fit(train, yTrain, {
    epochs,
    validationSplit: 0.2,
    callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 10 })],
  })
  const { meanAbsoluteError } = await model.evaluate(test, yTest)
  console.log(`Mean absolute error on the test cars: ${meanAbsoluteError!.toFixed(2)} MPG`)
  return { stopReason, trained: trained.length, meanAbsoluteError: meanAbsoluteError! }
}

await main(import.meta.url, learnFuel)
