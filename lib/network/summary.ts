import type { CompileSpec } from '../spec/compile.js'
import type { LayerSpec } from '../spec/layer-spec.js'
import { activationOf, outputsOfLayer, tensorsOfLayer } from '../spec/layer-tensors.js'
import { inputsOf, type ModelSpec, membersOf } from '../spec/model.js'
import { slotsOf } from '../spec/optimizer-slots.js'

/** A text table of the layers with output shapes and parameter counts, as Keras prints it, with the memory they take. */
export function summarize(spec: ModelSpec, compiled: CompileSpec | undefined): string {
  const members = membersOf(spec)
  let inputs = inputsOf(spec)
  let total = 0
  let trainable = 0
  const rows = spec.layers.map((layer) => {
    const count = (trainableOnly: boolean) =>
      tensorsOfLayer(layer, inputs, members)
        .filter((tensor) => tensor.trainable || !trainableOnly)
        .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    const all = count(false)
    total += all
    trainable += count(true)
    inputs = outputsOfLayer(layer, inputs)
    return [`${layer.name} (${describe(layer)})`, `(rows, ${inputs})`, format(all)]
  })
  const table = draw([['Layer (type)', 'Output shape', 'Params'], ...rows])
  const rule = '-'.repeat(table[0]!.length)
  const lines = [
    `Model: ${spec.name}, ${inputsOf(spec)} inputs${members > 1 ? `, ${members} members` : ''}`,
    rule,
    table[0]!,
    rule,
    ...table.slice(1),
    rule,
    `Total params: ${format(total)} (${bytes(total)})`,
  ]
  if (trainable < total) {
    lines.push(`Trainable params: ${format(trainable)}`, `Non-trainable params: ${format(total - trainable)}`)
  }
  if (compiled) {
    const numbers = total * slotsOf(compiled.optimizer).length
    lines.push(`Optimizer state (${compiled.optimizer.name}): ${format(numbers)} (${bytes(numbers)})`)
  }
  return lines.join('\n')
}

function describe(layer: LayerSpec): string {
  const words: string[] = [layer.type, ...('activation' in layer ? [activationOf(layer).name] : [])]
  if (!layer.trainable) words.push('frozen')
  return words.join(', ')
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

/** The memory that `count` float32 numbers take. */
function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  const unit = count === 0 ? 0 : Math.min(3, Math.floor(Math.log2(count * 4) / 10))
  const value = (count * 4) / 1024 ** unit
  return `${unit === 0 ? value : value.toFixed(2)} ${units[unit]}`
}

interface ModelFacts {
  readonly spec: ModelSpec
  readonly compiled: CompileSpec | undefined
  readonly tensors: readonly { readonly rows: number; readonly columns: number }[]
  readonly epochs: number
  readonly steps: number
  readonly disposed: boolean
}

function describeCompiled({ optimizer, loss, metrics, rowMetrics }: CompileSpec): object {
  return { optimizer: optimizer.name, loss: loss.name, metrics: [...metrics, ...rowMetrics].map(({ key }) => key) }
}

/** A model in a few facts, for console.log. */
export function describeModel({ spec, compiled, tensors, epochs, steps, disposed }: ModelFacts): object {
  const { name, seed, members } = spec
  if (disposed) return { name, disposed }
  const layers = spec.layers.map(({ name, type, ...options }) => {
    const { units, activation } = options as { units?: number; activation?: { name: string } }
    return { name, type, ...(units && { units }), ...(activation && { activation: activation.name }) }
  })
  const parameters = tensors.reduce((count, { rows, columns }) => count + rows * columns, 0)
  return {
    ...{ name, seed, inputs: inputsOf(spec), ...(members && { members }), layers, parameters },
    ...(compiled ? { ...describeCompiled(compiled), epochs, steps } : { compiled: false }),
  }
}
