import { checkOptions, checkSeed, optionKeys } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { Matrix } from '../../base/matrix.js'
import { restoreFrom } from '../../estimators/file.js'
import { decodeMetadata } from '../../files/metadata.js'
import { Sequential } from '../../sequential.js'
import { tensorsOf } from '../../spec/model.js'
import { dumpKind } from './dump-weights.js'
import { restoreTensors } from './rounded.js'

/** Options of `fromDump`. */
export interface FromDumpOptions {
  /** The seed of shuffles and noise when the network trains on; that of the network that was dumped by default. */
  seed?: number | undefined
}

/**
 * Reads a network that `dumpWeights` wrote: its weights are float32 again, with what rounding changed.
 * @param source the file's path, or its bytes.
 * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
 */
export async function fromDump(source: string | Uint8Array, options: FromDumpOptions = {}): Promise<Sequential> {
  checkOptions(options, 'fromDump()', optionKeys<FromDumpOptions>({ seed: true }))
  const seed = options.seed === undefined ? undefined : checkSeed(options.seed)
  return restoreFrom(source, dumpKind, ({ tensors, metadata }) => {
    const { network } = decodeMetadata(metadata, dumpKind, ['network'])
    const json = seed === undefined ? network : { ...(network as object), seed }
    const model = Sequential.fromJSON(json as Parameters<typeof Sequential.fromJSON>[0])
    const weights = restoreTensors(tensors)
    const expected = tensorsOf(model.toJSON())
    const matrices = expected.map(({ key, shape }) => {
      const tensor = weights.get(key)
      if (!tensor || `${tensor.shape}` !== `${shape}`) {
        throw new FormatError(`Expected the tensor ${JSON.stringify(key)} of [${shape}].`)
      }
      const [rows, columns] = shape.length === 2 ? shape : [1, tensor.data.length]
      return new Matrix(tensor.data as Float32Array, rows!, columns!)
    })
    if (weights.size > expected.length) throw new FormatError('It has tensors that belong to no layer.')
    model.setWeights(matrices)
    return model
  })
}
