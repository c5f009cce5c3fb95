import {
  datasets,
  type History,
  layers,
  type Matrix,
  MLPClassifier,
  metrics,
  optimizers,
  Sequential,
  Table,
} from 'perceptra'
import { makeMoons } from 'perceptra/datasets'
import { accuracy } from 'perceptra/metrics'
import { StratifiedKFold } from 'perceptra/model-selection'
import { StandardScaler } from 'perceptra/preprocessing'

export async function program(): Promise<number> {
  const { train, test } = datasets.digits()
  const model = new Sequential({ layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })] })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
  const history: History = await model.fit(train.x, train.y, { epochs: 1 })
  const predicted: Matrix = await model.predict(test.x)
  await model.save('types.safetensors')
  const scaler = new StandardScaler()
  const scaled: Matrix = await scaler.fitTransform(train.x)
  const words = await new MLPClassifier().fit(scaled, Array.from(train.y, String))
  const labels = await words.predict(scaled)
  const table = Table.from({ age: [1, 2] })
  const moons = makeMoons()
  new StratifiedKFold({ nSplits: 3 })
  const data: Float32Array = predicted.data
  return (
    history.epochs.length +
    accuracy(train.y, train.y) +
    metrics.f1(train.y, train.y, { average: 'macro' }) +
    labels.length +
    table.rows +
    moons.x.rows +
    data.length
  )
}
