export { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
