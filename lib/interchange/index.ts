export { type FromOnnxOptions, fromOnnx } from './from-onnx.js'
export { type ToSourceOptions, type TypedSource, toSource } from './source/to-source.js'
export type { WeightFormat } from './source/writer.js'
export { type OnnxModel, type ToOnnxOptions, toOnnx } from './to-onnx.js'
