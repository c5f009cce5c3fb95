import { layers, load, type Matrix, MLPClassifier, pipeline, preprocessing, Sequential, Table } from 'perceptra'

interface Person {
  age: number
  job: string
}

export async function use(people: Person[], x: Matrix): Promise<void> {
  const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })
  model.compile({ optimizer: { name: 'adam', learningRate: 1e-3 }, loss: 'meanSquaredError' })
  const rows: number = model.predictSync([[1, 2]]).rows
  const fitted: MLPClassifier<'a' | 'b'> = await new MLPClassifier({ hiddenLayerSizes: 8 }).fit(x, ['a', 'b'])
  const ages: Float64Array = Table.fromRows(people).numbers('age')
  const steps = pipeline([new preprocessing.StandardScaler(), fitted])
  const label: 'a' | 'b' = steps.predictSync({ age: 1 })
  const loaded = await load('any.safetensors')
  if (loaded instanceof Sequential) loaded.summary()
  for await (const event of model.train(x, [1])) if (event.type === 'epochEnd') break
  console.log(rows, ages, label)
}
