import { type CompileSpec, slotsOf } from './compile-spec.js'
import { countLayer, inputsOf, type ModelSpec } from './spec.js'

/** A table of the layers, their outputs' shapes and their numbers of weights, as Keras draws it. */
export function summarize(spec: ModelSpec, compiled: CompileSpec | undefined): string {
  let inputs = inputsOf(spec)
  let total = 0
  const rows = spec.layers.map((layer) => {
    const count = countLayer(layer, inputs)
    total += count
    inputs = layer.units
    return [`${layer.name} (${layer.type}, ${layer.activation.name})`, `(rows, ${layer.units})`, format(count)]
  })
  const table = draw([['Layer (type, activation)', 'Output shape', 'Params'], ...rows])
  const rule = '-'.repeat(table[0]!.length)
  const lines = [
    `Model: ${spec.name}, ${inputsOf(spec)} inputs`,
    rule,
    table[0]!,
    rule,
    ...table.slice(1),
    rule,
    `Total params: ${format(total)} (${bytes(total)})`,
  ]
  if (compiled) {
    const kept = total * slotsOf(compiled.optimizer)
    lines.push(`Optimizer state (${compiled.optimizer.name}): ${format(kept)} (${bytes(kept)})`)
  }
  return lines.join('\n')
}

function draw(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  '),
  )
}

function format(count: number): string {
  return count.toLocaleString('en-US')
}

/** The memory of so many float32 numbers. */
function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  const unit = count === 0 ? 0 : Math.min(3, Math.floor(Math.log2(count * 4) / 10))
  const value = (count * 4) / 1024 ** unit
  return `${unit === 0 ? value : value.toFixed(2)} ${units[unit]}`
}
