/**
 * Models in and out: ONNX, plain JavaScript, Keras, PyTorch, TensorFlow.js, scikit-learn, brain.js.
 *
 * @module perceptra/interchange
 */

export { fromBrain } from './brain/from-brain.js'
export { type DumpOptions, dumpWeights, type WeightDump } from './dump/dump-weights.js'
export { type FromDumpOptions, fromDump } from './dump/from-dump.js'
export type { DumpFormat } from './dump/rounded.js'
export { type FromOnnxOptions, fromOnnx, type OnnxResult } from './from-onnx.js'
export { type FromKerasOptions, fromKeras } from './keras/from-keras.js'
export { type FromPytorchOptions, fromPytorch } from './pytorch/from-pytorch.js'
export { toPytorch } from './pytorch/to-pytorch.js'
export { fromSklearn, type SklearnResult } from './sklearn/from-sklearn.js'
export { type ToSourceOptions, type TypedSource, toSource } from './source/to-source.js'
export type { WeightFormat } from './source/writer.js'
export { type FromTfjsOptions, fromTfjs } from './tfjs/from-tfjs.js'
export { type OnnxModel, type ToOnnxOptions, toOnnx } from './to-onnx.js'
