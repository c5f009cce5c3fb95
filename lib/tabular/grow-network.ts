import { metadataKey } from '../files/metadata.js'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../files/safetensors.js'
import { Sequential } from '../sequential.js'
import type { NamedLayer } from '../spec/model.js'
import { outputsOf } from '../spec/model.js'
import type { EnsemblePart } from './ensemble.js'
import type { Growth } from './grow-plan.js'

/** What a file of a compiled network says. */
interface Body {
  spec: { layers: NamedLayer[] }
  compile: { optimizer: { learningRate: unknown } } & Record<string, unknown>
}

/**
 * A copy of a network that reads the new places too, and gives the same outputs where those are 0. It is compiled with a share of
 * the rate of fit, which falls to 0 within the steps. Targets of classes are their numbers, also where it was distilled.
 * @returns the copy with the rate of fit; undefined for a network of other layers than the presets'.
 */
export async function grownNetwork(
  { network, rate }: Pick<EnsemblePart, 'network' | 'rate'>,
  { moved, added, plan }: Pick<Growth, 'moved' | 'added' | 'plan'>,
  share: number,
  steps: number,
): Promise<{ network: Sequential; rate: number } | undefined> {
  const { tensors, metadata } = decodeSafetensors(network.toBytes({ includeOptimizer: false }), 'The network')
  const body = JSON.parse(metadata[metadataKey]!) as Body
  const { layers } = body.spec
  const [first, ...rest] = layers
  if (added.length > 0) {
    const oldWidth = moved.length
    const grown = { ...first!, inputShape: [plan.width] } as NamedLayer
    layers[0] = grown
    if (grown.type === 'columns') {
      const passing = grown.parts.findIndex(({ type }) => type === 'passthrough')
      // New outputs must come last, so that those behind them keep their places.
      if (passing >= 0 && passing !== grown.parts.length - 1) return undefined
      const parts = grown.parts.map((part) => ({ ...part, columns: part.columns.map((place) => moved[place]!) }))
      const own = { type: 'passthrough' as const, learningRateFactor: 1, weightDecayFactor: 1 }
      if (passing < 0) parts.push({ ...own, columns: [...added] })
      else parts[passing] = { ...parts[passing]!, columns: [...parts[passing]!.columns, ...added] }
      layers[0] = { ...grown, parts } as NamedLayer
      const outputs = outputsOf(network.toJSON(), 1)
      const order = Uint32Array.from({ length: outputs }, (_, place) => place)
      if (!growBehind(layers, rest, tensors, order, outputs + added.length)) return undefined
    } else if (grown.type === 'dense') growDense(grown, tensors, moved, plan.width)
    else return undefined
    if (oldWidth === plan.width) return undefined
  }
  const { compile } = body
  const base = rate ?? peakOf(compile.optimizer.learningRate)
  compile.optimizer.learningRate = { name: 'cosine', initial: share * base, steps }
  if (nameOf(compile.loss) === 'categoricalCrossentropy') {
    compile.loss = { name: 'sparseCategoricalCrossentropy', fromLogits: false, labelSmoothing: 0 }
  }
  for (const key of ['dropoutSchedule', 'weightDecaySchedule']) {
    if (compile[key]) compile[key] = { ...(compile[key] as object), steps }
  }
  const text = { ...metadata, [metadataKey]: JSON.stringify(body) }
  return { network: await Sequential.load(encodeSafetensors(tensors, text)), rate: base }
}

function nameOf(loss: unknown): unknown {
  return typeof loss === 'string' ? loss : (loss as { name?: unknown } | null)?.name
}

/** The layers behind `columns`, up to the first dense one: scales of inputs. */
function growBehind(
  layers: NamedLayer[],
  rest: readonly NamedLayer[],
  tensors: Map<string, Tensor>,
  order: Uint32Array,
  width: number,
): boolean {
  for (const [k, layer] of rest.entries()) {
    if (layer.type === 'dense') {
      growDense(layer, tensors, order, width)
      return true
    }
    if (layer.type === 'memberScale' && layer.chunks) {
      const chunks = [...layer.chunks, ...Array<number>(width - order.length).fill(1)]
      layers[k + 1] = { ...layer, chunks } as NamedLayer
    } else if (layer.type !== 'scale' && layer.type !== 'memberScale') return false
    for (const [name, tensor] of tensors) {
      if (!name.startsWith(`${layer.name}.`)) continue
      const members = tensor.shape.length === 2 ? tensor.shape[0]! : 1
      const data = new Float32Array(members * width).fill(name.endsWith('.scale') ? 1 : 0)
      for (let member = 0; member < members; member++) {
        const own = (tensor.data as Float32Array).subarray(member * order.length, (member + 1) * order.length)
        data.set(own, member * width)
      }
      tensors.set(name, { dtype: 'F32', shape: tensor.shape.length === 2 ? [members, width] : [width], data })
    }
  }
  return false
}

/** Moves the rows of the kernel; new ones are 0. */
function growDense(layer: NamedLayer, tensors: Map<string, Tensor>, moved: Uint32Array, width: number): void {
  const name = `${layer.name}.kernel`
  const kernel = tensors.get(name)!
  const units = kernel.shape[1]!
  const data = new Float32Array(width * units)
  // That form divides by the root of the number of inputs.
  const factor = 'parametrization' in layer && layer.parametrization === 'ntk' ? Math.sqrt(width / moved.length) : 1
  for (const [from, to] of moved.entries()) {
    for (let unit = 0; unit < units; unit++) {
      data[to * units + unit] = factor * (kernel.data as Float32Array)[from * units + unit]!
    }
  }
  tensors.set(name, { dtype: 'F32', shape: [width, units], data })
}

/** The base rate of a schedule, or a constant one. */
function peakOf(rate: unknown): number {
  const initial = typeof rate === 'number' ? rate : (rate as { initial?: unknown } | null)?.initial
  return typeof initial === 'number' ? initial : 0.001
}
