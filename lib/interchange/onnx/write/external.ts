import { basename } from 'node:path'
import { TensorProto_DataLocation } from '../proto/messages.js'
import type { Graph } from './graph.js'

/** Messages of protobuf have at most 2 GB; the rest of the file gets a share of them. */
export const largestFile = 1.9e9

/** Smaller constants stay in the file. */
const smallestOutside = 1024

/** Readers map the file into memory: tensors begin at multiples of a page. */
const pageBytes = 4096

/**
 * Moves the numbers of large constants to the file `<path>.data` beside the model's.
 * @returns the parts of that file.
 */
export function moveOutside(graph: Graph, path: string): Uint8Array[] {
  const parts: Uint8Array[] = []
  let at = 0
  for (const [k, { tensor, bytes }] of graph.constants.entries()) {
    if (!bytes || bytes.length < smallestOutside) continue
    const padding = (pageBytes - (at % pageBytes)) % pageBytes
    if (padding > 0) parts.push(new Uint8Array(padding))
    at += padding
    const entries = { location: `${basename(path)}.data`, offset: `${at}`, length: `${bytes.length}` }
    const externalData = Object.entries(entries).map(
      ([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value }) as const,
    )
    const outside = { ...tensor, dataLocation: TensorProto_DataLocation.EXTERNAL, externalData }
    graph.constants[k] = { tensor: outside as typeof tensor, bytes: undefined }
    parts.push(bytes)
    at += bytes.length
  }
  return parts
}
