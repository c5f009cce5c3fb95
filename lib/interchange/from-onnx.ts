import { checkOptions, checkSeed, optionKeys } from '../base/check.js'
import { readInSteps, untilSettled } from '../base/unchanged.js'
import { joinInSteps } from '../files/parts.js'
import { checkSource } from '../files/source.js'
import type { Pipeline } from '../pipeline/index.js'
import type { Sequential } from '../sequential.js'

/** Options of `fromOnnx`. */
export interface FromOnnxOptions {
  /** The seed of shuffles and noise when the network trains on; random by default. */
  seed?: number | undefined
}

/** What `fromOnnx` can return. */
export type OnnxResult = Sequential | Pipeline

/**
 * Reads a feed-forward network from an ONNX file, to predict with and to train on: `compile` it first. The graph must be a chain of
 * layers that perceptra has, as PyTorch, Keras, skl2onnx and `toOnnx` write it, behind columns that may be taken apart, embedded and
 * put side by side; docs/interchange.md has the operators. Such columns become a columns layer, and a scaling of columns before
 * the first layer a frozen batchNormalization. Of a classifier the network gives the probabilities; labels are left out.
 *
 * Where a graph prepares columns as no layer does (words, categories, missing numbers, quantiles), the result is a Pipeline: its
 * transformers, and a NetworkClassifier with the labels or a NetworkRegressor, which `fit` trains anew.
 * @typeParam M the type of the result, which is not checked.
 * @param source the file's path, or its bytes, which must not change before the promise settles; weights in other files are read
 * from the folder of the path alone.
 * @throws FormatError for a broken file, and for a node that no layer computes, with the node's name and the reason.
 * ArgumentError when the path cannot be opened, and when the bytes are transferred meanwhile.
 * @example
 * const model = new Sequential({ layers: [layers.dense({ units: 1, activation: 'gelu', inputShape: [2] })] })
 * const again = await fromOnnx<Sequential>(await toOnnx(model))
 * again.predictSync([1, 2]) // as model.predictSync([1, 2])
 */
export async function fromOnnx<M extends OnnxResult = OnnxResult>(
  source: string | Uint8Array,
  options: FromOnnxOptions = {},
): Promise<M> {
  checkSource(source)
  checkOptions(options, 'fromOnnx()', optionKeys<FromOnnxOptions>({ seed: true }))
  const seed = options.seed === undefined ? undefined : checkSeed(options.seed)
  // A copy, since weights that are read in place would change with the caller's bytes.
  const own =
    typeof source === 'string' ? source : await readInSteps(joinInSteps([source]), [['source', source]], untilSettled)
  const { importModel } = await import('./onnx/read/import.js')
  return (await importModel(own, seed)) as M
}
