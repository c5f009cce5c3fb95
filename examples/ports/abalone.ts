// The age of abalones, from a CSV file that is read in batches while the network trains. Of TensorFlow.js's example abalone-node.
import { join } from 'node:path'
import { datasets, layers, optimizers, Sequential, type Table } from 'perceptra'
import { main } from './main.js'

const sexes = ['F', 'M', 'I']

function encode(table: Table) {
  const sex = [...table].map((row) => sexes.indexOf(row.sex as string))
  const x = table
    .withColumn('code', sex)
    .select(['code', ...table.names.slice(1, -1)])
    .toMatrix()
  return [x, table.column('rings') as Float64Array] as const
}

export async function learnAbalone(dir: string, { epochs = 100, batchSize = 500, path = 'abalone.safetensors' } = {}) {
  const open = () => datasets.csvBatches(join(dir, 'abalone.csv.gz'), { batchSize })
  const trainBatches = Math.floor(3500 / batchSize)
  async function* train() {
    let batch = 0
    for await (const table of open()) if (batch++ < trainBatches) yield encode(table)
  }
  const validation = (await datasets.readCsv(join(dir, 'abalone.csv.gz'))).slice(trainBatches * batchSize)

  const model = new Sequential({
    layers: [
      layers.dense({ inputShape: [8], activation: 'sigmoid', units: 50 }),
      layers.dense({ activation: 'sigmoid', units: 50 }),
      layers.dense({ units: 1 }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.01 }), loss: 'meanSquaredError' })
  const { logs } = await model.fit(train, {
    epochs,
    batchSize,
    shuffleBuffer: 1000,
    validationData: encode(validation),
  })

  await model.save(path)
  const again = await Sequential.load(path)
  const [age] = again.predictSync([0, 0.625, 0.495, 0.165, 1.262, 0.507, 0.318, 0.39])
  return { loss: logs.loss, valLoss: logs.valLoss!, age: age! }
}

await main(import.meta.url, learnAbalone)
