import { layers, Matrix, MLPClassifier, pipeline, preprocessing, Sequential } from '../../../lib/index.js'
import type { ServableModel } from '../../../lib/serving/index.js'

export type Person = { age: number; job: string }

export const people: Person[] = Array.from({ length: 120 }, (_, i) => ({
  age: 20 + (i % 50),
  job: ['cook', 'clerk', '<b>'][i % 3]!,
}))

/** A pipeline over rows of objects. */
export async function incomeModel() {
  const columns = new preprocessing.ColumnTransformer({
    transformers: [
      ['numbers', new preprocessing.StandardScaler(), ['age']],
      ['words', new preprocessing.OneHotEncoder(), ['job']],
    ],
  })
  const model = pipeline([columns, new MLPClassifier<string>({ hiddenLayerSizes: [4], solver: 'lbfgs', seed: 1 })])
  return model.fit(
    people,
    people.map(({ age }) => (age > 40 ? 'rich' : 'poor')),
  )
}

export const network = () => new Sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })], seed: 1 })

/** A model whose rows take `ms` milliseconds on the spot, and whose batches wait from `hold` to `release`. */
export class SlowModel {
  ms = 5
  batches: unknown[][] = []
  release: () => void = () => {}
  #gate: Promise<void> | undefined

  hold(): void {
    this.batches = []
    this.#gate = new Promise((resolve) => {
      this.release = resolve
    })
  }

  async predict(table: unknown[] | Matrix, _options?: { signal?: AbortSignal }): Promise<unknown[]> {
    const rows = table instanceof Matrix ? [...table.data] : table
    this.batches.push(rows)
    await this.#gate
    if (rows.includes('wrong')) throw Object.assign(new Error('a wrong row'), { code: 'ERR_ARGUMENT' })
    return rows
  }

  predictSync(row: unknown): unknown {
    const end = performance.now() + this.ms
    while (performance.now() < end);
    return row
  }
}

export const servable = (model: object) => model as ServableModel
