// Iris flowers: two dense layers, a confusion matrix, a saved model. Of TensorFlow.js's example iris.
import { join } from 'node:path'
import { datasets, layers, metrics, modelSelection, optimizers, preprocessing, Sequential } from 'perceptra'
import { main } from './main.js'

export async function learnIris(dir: string, { epochs = 40, path = 'iris.safetensors' } = {}) {
  const table = await datasets.readCsv(join(dir, 'iris.csv.gz'))
  const species = [...table].map((row) => row.species as string)
  const encoder = await new preprocessing.LabelEncoder().fit(species)
  const x = table.drop(['species']).toMatrix()
  const { xTrain, xTest, yTrain, yTest } = modelSelection.trainTestSplit(x, encoder.transformSync(species), {
    testSize: 0.15,
    stratify: true,
    seed: 1,
  })

  const model = new Sequential({
    layers: [
      layers.dense({ units: 10, activation: 'sigmoid', inputShape: [4] }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
    seed: 1,
  })
  console.log(model.summary())
  model.compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  const { logs } = await model.fit(xTrain, yTrain, { epochs, validationData: [xTest, yTest] })

  const classOf = (scores: Float32Array) => scores.indexOf(Math.max(...scores))
  const probabilities = await model.predict(xTest)
  const predicted = Array.from({ length: xTest.rows }, (_, i) => classOf(probabilities.row(i)))
  console.log(metrics.confusionMatrix(yTest, predicted))

  await model.save(path)
  const again = await Sequential.load(path)
  const [answer] = encoder.inverseTransform([classOf(again.predictSync([5.1, 3.5, 1.4, 0.2]))])
  return { valLoss: logs.valLoss!, accuracy: logs.valAccuracy!.at(-1)!, answer }
}

await main(import.meta.url, learnIris)
