// A rare class, found by class weights. Of Keras's example imbalanced_classification.py, with one letter among 26 in place of fraud.
import { join } from 'node:path'
import { callbacks, datasets, layers, metrics, optimizers, preprocessing, Sequential } from 'perceptra'
import { main } from './main.js'

export async function findLetter(dir: string, { epochs = 30, folder = '.', letter = 'Z' } = {}) {
  const table = await datasets.readCsv(join(dir, 'letter.csv.gz'))
  const targets = Uint8Array.from(table, (row) => Number(row.letter === letter))
  const features = table.drop(['letter'])
  const trainRows = table.rows - Math.floor(table.rows * 0.2)
  const [yTrain, yVal] = [targets.subarray(0, trainRows), targets.subarray(trainRows)]
  const positives = yTrain.reduce((sum, target) => sum + target, 0)
  console.log(`${positives} positive rows, ${((100 * positives) / trainRows).toFixed(2)} % of all`)

  const scaler = new preprocessing.StandardScaler()
  const xTrain = await scaler.fitTransform(features.slice(0, trainRows))
  const xVal = await scaler.transform(features.slice(trainRows))

  const model = new Sequential({
    layers: [
      layers.dense({ units: 256, activation: 'relu', inputShape: [xTrain.cols] }),
      layers.dense({ units: 256, activation: 'relu' }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 256, activation: 'relu' }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: optimizers.adam({ learningRate: 1e-2 }), loss: 'binaryCrossentropy' })
  await model.fit(xTrain, yTrain, {
    batchSize: 2048,
    epochs,
    validationData: [xVal, yVal],
    callbacks: [callbacks.modelCheckpoint({ path: join(folder, 'letter_at_epoch_{epoch}.safetensors') })],
    classWeight: { 0: 1 / (trainRows - positives), 1: 1 / positives },
  })
  const found = Uint8Array.from((await model.predict(xVal)).data, Math.round)
  const [[tn, fp], [fn, tp]] = metrics.confusionMatrix(yVal, found) as [[number, number], [number, number]]
  return { tn, fp, fn, tp, precision: metrics.precision(yVal, found), recall: metrics.recall(yVal, found) }
}

await main(import.meta.url, findLetter)
