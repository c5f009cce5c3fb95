// Who leaves? A table in, a model and its score out: ten lines.
//
//   node --import tsx examples/tables/churn.ts path/to/a/folder/with/customers.csv
import { join } from 'node:path'
import { datasets, TabularClassifier } from 'perceptra'
import { main } from '../ports/main.js'

export async function learnChurn(dir: string, { path = join(dir, 'churn.safetensors') } = {}) {
  const table = await datasets.readCsv(join(dir, 'customers.csv'))
  const [train, test] = [table.slice(0, Math.floor(0.8 * table.rows)), table.slice(Math.floor(0.8 * table.rows))]
  const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(train, { target: 'churned' })
  for (const warning of model.report.warnings) console.log(warning)
  await model.save(path)
  const [customer] = [...test]
  const { label, contributions } = await model.explain(customer!)
  return { ...(await model.evaluate(test)), label, contributions }
}

await main(import.meta.url, learnChurn)
