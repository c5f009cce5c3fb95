// Numbers and categories from a CSV file. Of Keras's example structured_data_classification_from_scratch.py, with the passengers of
// the Titanic in place of patients.
import { join } from 'node:path'
import { datasets, layers, modelSelection, pipeline, preprocessing, Sequential } from 'perceptra'
import { main } from './main.js'

const numeric = ['age', 'sibsp', 'parch', 'fare']
const categorical = ['pclass', 'sex', 'embarked']

export async function learnStructuredData(dir: string, { epochs = 50 } = {}) {
  const table = await datasets.readCsv(join(dir, 'titanic.csv.gz'))
  const survived = Uint8Array.from(table.column('survived') as Float64Array)
  const rows = table.select([...numeric, ...categorical])
  const { xTrain, xTest, yTrain, yTest } = modelSelection.trainTestSplit(rows, survived, { testSize: 0.2, seed: 1337 })

  const columns = new preprocessing.ColumnTransformer({
    transformers: [
      ['num', pipeline([new preprocessing.SimpleImputer(), new preprocessing.StandardScaler()]), numeric],
      ['cat', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), categorical],
    ],
  })
  const encoded = await columns.fitTransform(xTrain)

  const model = new Sequential({
    layers: [
      layers.dense({ units: 32, activation: 'relu', inputShape: [encoded.cols] }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
  const { logs } = await model.fit(encoded, yTrain, {
    epochs,
    batchSize: 32,
    validationData: [await columns.transform(xTest), yTest],
  })

  const passenger = { pclass: 1, sex: 'female', age: 30, sibsp: 0, parch: 0, fare: 80, embarked: 'C' }
  const [probability] = model.predictSync(columns.transformSync(passenger))
  console.log(`This passenger survives with a probability of ${(100 * probability!).toFixed(1)} %.`)
  return { accuracy: logs.valAccuracy!.at(-1)!, probability: probability! }
}

await main(import.meta.url, learnStructuredData)
