export {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  mergeFromBinary,
  toBinary,
} from '@bufbuild/protobuf'
export { BinaryReader, BinaryWriter, WireType } from '../../../files/protobuf.js'
export * from './onnx-ml_pb.js'
