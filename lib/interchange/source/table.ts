import { inside } from '../../estimators/inside.js'
import type { Ensemble } from '../../tabular/ensemble.js'
import type { Plan, PlanColumn } from '../../tabular/plan.js'
import type { ClassesLearned } from '../../tabular/tabular-classifier.js'
import type { TabularModel } from '../../tabular/tabular-model.js'
import type { NumbersLearned } from '../../tabular/tabular-regressor.js'
import type { ModelCode, SourceModel } from './code.js'
import { networkCode } from './layers.js'
import { savedContent } from './saved.js'
import { flag, list, literal, number, type SourceWriter, text } from './writer.js'

/** A table model, of classes or of numbers. */
export type TableModel = TabularModel<ClassesLearned | NumbersLearned, object>

/** The code of a table model; rows are objects, or arrays of the columns that the model reads. */
export function tableCode(model: TableModel, out: SourceWriter): SourceModel {
  const { plan, schema, ensemble, targets } = model[inside]()
  const { unknownColumns, missingColumns } = schema.policy
  const columns = plan.columns.map(({ name }) => name)
  const others = [...schema.columns.map(({ name }) => name), schema.target!].filter((name) => !columns.includes(name))
  const mayLack = missingColumns === 'impute'
  const flags = [unknownColumns === 'error', mayLack].map(flag)
  return {
    reader: `(row) => ${out.call('tableRow', 'row', 'columns', 'known', ...flags)}`,
    steps: [planCode(plan, out)],
    model: headCode(targets, ensembleCode(ensemble, out), out),
    ...{ columns, others, columnsMayLack: mayLack, inputs: columns.length, cells: 'Date | bigint' },
  }
}

function headCode(targets: ClassesLearned | NumbersLearned, outputs: string, out: SourceWriter): ModelCode {
  if ('classes' in targets) {
    const { factors } = targets
    const compared = factors ? `Array.from(outputs, (value, k) => value * ${list(factors.map(number))}[k])` : 'outputs'
    const prediction = `classes[${out.call('largest', compared)}]`
    return { outputs, prediction, probabilities: 'outputs', classes: targets.classes, result: 'label' }
  }
  const [mean, deviation, min, max] = [targets.mean, targets.deviation, targets.min, targets.max].map(number)
  const read = `outputs[0] * ${deviation} + ${mean}`
  const factor = number(targets.factor)
  const value = targets.form === 'log' ? `${factor} * Math.exp(${read}) - ${number(targets.shift)}` : read
  const prediction = `Math.min(Math.max(${value}, ${min}), ${max})`
  return { outputs, prediction, probabilities: undefined, classes: undefined, result: 'number' }
}

/** The networks, whose outputs are averaged by their weights. */
function ensembleCode({ parts, temperature }: Ensemble, out: SourceWriter): string {
  const networks = parts.map(({ network, weight }) => {
    const { tensors } = savedContent(network.toBytes({ includeOptimizer: false }))
    return list([number(weight), networkCode(network.toJSON(), tensors, out)])
  })
  return out.call('ensemble', number(temperature), ...networks)
}

/** A function of cells, which makes numbers of them. */
function planCode({ columns, center, factor }: Plan, out: SourceWriter): string {
  const unscaled = columns.map(({ levelAt }) => levelAt).filter((at) => at >= 0)
  const codes = columns.map((column) => columnCode(column, out))
  return out.call('encodeTable', out.numbers(center), out.numbers(factor), list(unscaled.map(number)), ...codes)
}

/** A function that writes a cell to the numbers of its row. */
function columnCode(column: PlanColumn, out: SourceWriter): string {
  const { kind, at, mean, missingAt, values, hotAt, isSign, newest, hasTime, bins, edges, binsAt } = column
  const name = text(column.name)
  switch (kind) {
    case 'category':
      return out.call('tableWord', name, list(values.map(literal)), number(at), number(hotAt), flag(isSign))
    case 'boolean':
      return out.call('tableTruth', name, number(at))
    case 'date':
      return out.call('tableDate', name, ...[at, mean, missingAt, newest].map(number), flag(hasTime))
    case 'text':
      return out.call('tableText', name, ...[at, bins, missingAt].map(number))
    default: {
      const { knots, levels, levelAt } = column
      const places = [at, mean, missingAt, hotAt, binsAt, levelAt].map(number)
      const lists = [values.map(Number), edges, knots, levels].map((numbers) => out.numbers(numbers))
      return out.call('tableNumber', name, ...places, ...lists)
    }
  }
}
