import type { Work } from '../../../../base/breathing.js'
import { describe } from '../../../../base/check.js'
import { problem } from '../problem.js'
import type { Evaluator } from './evaluate.js'
import type { Inputs } from './inputs.js'
import type { SomeRows } from './some-rows.js'
import type { Value } from './value.js'

/**
 * What a graph makes of some rows, a few rows at a time.
 * @throws FormatError for a value that has no entry for each row.
 */
export function* outputsOf(
  evaluator: Evaluator,
  { inputs, rowsInStep }: { inputs: Inputs; rowsInStep: number },
  { entry, rows }: SomeRows,
  names: readonly string[],
): Work<(name: string) => Value> {
  const nodes = yield* evaluator.nodesTo(...names)
  const parts = new Map(names.map((name) => [name, [] as Value[]]))
  for (let begin = 0; begin < rows.length; begin += rowsInStep) {
    const count = Math.min(rowsInStep, rows.length - begin)
    const feeds = yield* inputs.feed(count, (row, column) => entry(begin + row, column))
    const values = yield* evaluator.run(nodes, feeds, names)
    for (const [name, list] of parts) {
      const value = values.get(name)
      if (value?.dims[0] !== count) {
        throw problem(evaluator.graph.file, `its output ${describe(name)} has no value for each row.`)
      }
      list.push(value)
    }
  }
  const whole = new Map<string, Value>()
  for (const [name, list] of parts) whole.set(name, yield* stacked(list, rows.length))
  return (name) => whole.get(name)!
}

function* stacked(parts: readonly Value[], rows: number): Work<Value> {
  const data: (number | string)[] = []
  for (const part of parts) {
    for (let k = 0; k < part.data.length; k++) data.push(part.data[k]!)
    yield
  }
  return { dims: [rows, ...parts[0]!.dims.slice(1)], data }
}
