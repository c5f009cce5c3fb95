export { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
export { BinaryReader, BinaryWriter, WireType } from '../../../files/protobuf.js'
export * from './onnx-ml_pb.js'
