import { Breather, runBreathing } from '../../base/breathing.js'
import { FormatError, MlpError } from '../../base/errors.js'
import { joinInSteps } from '../../files/parts.js'
import { type ModelFile, modelFileParts } from '../../network/model-file.js'
import { Sequential } from '../../sequential.js'
import { type CompileOptions, readCompile } from '../../spec/compile.js'
import { outputsOfLayer, tensorsOfLayer } from '../../spec/layer-tensors.js'
import { inputsOf, type ModelSpec, membersOf, readModel } from '../../spec/model.js'

/** Numbers with their sizes, row-major. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** A layer that was read: its options, with `type`, and its tensors by name. */
export interface ReadLayer {
  readonly options: object
  readonly tensors: ReadonlyMap<string, Numbers>
}

/** A network that was read. */
export interface ReadNetwork {
  readonly name?: string | undefined
  /** The seed of shuffles and noise; 0 if left out. */
  readonly seed?: number | undefined
  readonly inputs: number
  readonly layers: readonly ReadLayer[]
  readonly compile?: CompileOptions | undefined
  /** The optimizer's steps, and each of its vectors over all weights, in the core's order. */
  state?(spec: ModelSpec): ModelFile['optimizer']
}

/**
 * Makes a Sequential of a network that was read. Layers, shapes and numbers are checked as those of a model file are.
 * @param file its name, for messages.
 * @throws FormatError that names the file and the problem.
 */
export async function makeNetwork(network: ReadNetwork, file: string): Promise<Sequential> {
  const { name, seed = 0, inputs, layers, compile, state } = network
  try {
    const [first, ...rest] = layers.map(({ options }) => options)
    const all = first ? [{ ...first, inputShape: [inputs] }, ...rest] : []
    const spec = readModel({ layers: all, name, seed }, 'the network', () => 0)
    const tensors: ModelFile['tensors'] = new Map()
    for (const [i, layer] of spec.layers.entries()) {
      for (const [tensor, { shape, data }] of layers[i]!.tensors) {
        tensors.set(`${layer.name}.${tensor}`, {
          ...{ dtype: 'F32', shape: [...shape], data: data as Float32Array<ArrayBuffer> },
        })
      }
    }
    const compiled = compile && readCompile(compile, spec, 'the optimizer and the loss')
    // Vectors of the optimizer are as long as the weights, which must be in the file then. The rest is an error of load.
    const isWhole = placesOf(spec).every(({ name: key, shape }) => `${tensors.get(key)?.shape}` === `${shape}`)
    const optimizer = isWhole ? state?.(spec) : undefined
    const parts = modelFileParts({ spec, tensors, compiled, optimizer, epochs: 0 })
    const bytes = await runBreathing(joinInSteps(parts), undefined)
    // Memory for all weights is taken at once.
    await new Breather().turn()
    return await Sequential.load(bytes)
  } catch (error) {
    if (!(error instanceof MlpError)) throw error
    throw new FormatError(`${file}: ${error.message.replace(/^The file does not hold [^:]*: /, '')}`, { cause: error })
  }
}

/** The place of each tensor in the vector of all weights, in the core's order. */
export function placesOf(spec: ModelSpec): { name: string; trainable: boolean; begin: number; shape: number[] }[] {
  let [inputs, begin] = [inputsOf(spec), 0]
  return spec.layers.flatMap((layer) => {
    const own = tensorsOfLayer(layer, inputs, membersOf(spec)).map(({ name, shape, trainable }) => {
      const place = { name: `${layer.name}.${name}`, trainable, begin, shape: [...shape] }
      begin += shape.reduce((product, size) => product * size, 1)
      return place
    })
    inputs = outputsOfLayer(layer, inputs)
    return own
  })
}
