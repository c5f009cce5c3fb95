// Compares recipes of table models on rows that were held out from the training rows; the test rows are never looked at:
//
//   node --import tsx bench/compare-recipes.ts ../shared/data --sets abalone,phoneme [--preset balanced] [--seeds 0]
//     [--change '{ "folds": [5, 10] }'] [--recipes '{ "members": { "dropout": 0.2 } }'] [--time 300]
//
// --change is merged into the preset, --recipes into its recipes of each kind. A fifth of the training rows, drawn by the seed, is
// held out, and the rest is fitted. Prints for each table and seed the score of the ensemble on the fifth, that of each network with
// its weight, the score that fit expects, and CPU seconds. Scores are accuracy and log loss, or RMSE.
import { parseArgs } from 'node:util'
import type { Matrix } from '../lib/base/matrix.js'
import { inside } from '../lib/estimators/inside.js'
import { datasets, TabularClassifier, TabularRegressor } from '../lib/index.js'
import type { Label } from '../lib/learning/labels.js'
import { rmse } from '../lib/metrics/index.js'
import { classScores } from '../lib/tabular/class-task.js'
import { encodeRows, joined } from '../lib/tabular/encode-rows.js'
import { presets } from '../lib/tabular/presets.js'
import type { TabularModel } from '../lib/tabular/tabular-model.js'
import { numberOf, type TargetScale } from '../lib/tabular/target-form.js'
import { divided, readTable } from './table-sets.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sets: { type: 'string' },
    preset: { type: 'string', default: 'balanced' },
    seeds: { type: 'string', default: '0' },
    change: { type: 'string', default: '{}' },
    recipes: { type: 'string', default: '{}' },
    time: { type: 'string' },
  },
})
const [folder] = positionals
if (!folder || !values.sets) throw new Error('Give the folder of the tables, and --sets.')
const preset = values.preset as keyof typeof presets
const changes = JSON.parse(values.recipes!)
const changed = (recipes: readonly { kind: string }[]) =>
  recipes.map((recipe) => ({ ...recipe, ...changes[recipe.kind] }))
const { classes, numbers } = presets[preset].recipes
Object.assign(presets[preset], { recipes: { classes: changed(classes), numbers: changed(numbers) } })
Object.assign(presets[preset], JSON.parse(values.change!))

for (const name of values.sets.split(',')) {
  const table = await readTable(datasets.readCsv, folder, name)
  for (const seed of values.seeds!.split(',').map(Number)) await compare(name, table, seed)
}

type Row = Readonly<Record<string, unknown>>
/** What the classifier and the regressor have in common here. */
type Model = TabularModel<{ classes: readonly Label[] } & TargetScale, Row> & {
  fit(rows: readonly Row[], options: object): Promise<Model>
}
interface Sets {
  readonly train: readonly Row[]
  readonly target: string
  readonly columns: object
  readonly isRegression: boolean
}

async function compare(name: string, { train, target, columns, isRegression }: Sets, seed: number) {
  const { train: own, test: held } = divided(train, seed + 1) as { train: Row[]; test: Row[] }
  const Model = (isRegression ? TabularRegressor : TabularClassifier) as unknown as new (options: object) => Model
  const cpu = process.cpuUsage()
  const limit = values.time === undefined ? {} : { timeLimit: Number(values.time) }
  const model = await new Model({ preset, seed }).fit(own, { target, columns, ...limit })
  const { user, system } = process.cpuUsage(cpu)
  const { encoder, ensemble, targets, record } = model[inside]()
  const x = joined((await encodeRows(held, encoder, undefined)).parts, encoder.width)
  const truth = held.map((row) => row[target])
  const score = (outputs: Matrix) => {
    if (isRegression)
      return digits(
        rmse(
          truth,
          Array.from(outputs.data, (output) => numberOf(output, targets)),
        ),
      )
    const labels = Int32Array.from(truth, (label) => targets.classes.indexOf(label as Label))
    const { accuracy, logLoss } = classScores(outputs, labels)
    return `${digits(accuracy)} ${digits(logLoss)}`
  }
  const parts: string[] = []
  for (const { network, weight } of ensemble.parts) {
    parts.push(`${weight.toFixed(2)}: ${score(await network.predict(x))}`)
  }
  const all = score(await ensemble.predict(x, {}))
  const facts = [`fit expects ${digits(record.score)}`, `${record.epochs} epochs`, record.target?.form ?? '']
  console.log(
    [name, seed, all, `[${parts.join(', ')}]`, ...facts, `${((user + system) / 1e6).toFixed(1)} s`].join(' | '),
  )
}

function digits(score: number | null): string {
  return score === null ? 'null' : score.toPrecision(5)
}
