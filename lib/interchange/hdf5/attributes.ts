import type { FileView } from '../read/view.js'
import { type Datatype, readDatatype, toFloats } from './datatype.js'
import { countOf, type Message, readDataspace } from './messages.js'

/** Attributes by name: texts, or numbers. */
export type Attributes = ReadonlyMap<string, readonly string[] | Float32Array>

/** Reads an attribute message. */
export function readAttribute(view: FileView, { at, size }: Message): [string, readonly string[] | Float32Array] {
  const version = view.u8(at)
  if (version < 1 || version > 3) throw view.fail('an attribute of version 1 to 3', `version ${version}`)
  const sizes = [view.u16(at + 2), view.u16(at + 4), view.u16(at + 6)] as const
  const [nameSize, typeSize, spaceSize] = version === 1 ? sizes.map((length) => Math.ceil(length / 8) * 8) : sizes
  const nameAt = at + (version === 3 ? 9 : 8)
  const end = view.slice(nameAt, sizes[0]).indexOf(0)
  const name = view.text(view.slice(nameAt, end < 0 ? sizes[0] : end), 'the name of an attribute')
  const datatype = readDatatype(view, nameAt + nameSize!)
  const count = countOf(view, readDataspace(view, nameAt + nameSize! + typeSize!))
  const dataAt = nameAt + nameSize! + typeSize! + spaceSize!
  const length = count * datatype.size
  if (length > at + size - dataAt) throw view.fail(`${length} bytes of the attribute ${JSON.stringify(name)}`, 'fewer')
  return [name, valuesOf(view, dataAt, datatype, count, name)]
}

function valuesOf(view: FileView, at: number, datatype: Datatype, count: number, name: string) {
  const { kind, size } = datatype
  if (kind === 'integer' || kind === 'float') return toFloats(view.slice(at, count * size), datatype, count)
  return Array.from({ length: count }, (_, k) => {
    const begin = at + k * size
    const bytes = kind === 'string' ? view.slice(begin, size) : fromGlobalHeap(view, begin)
    const end = bytes.indexOf(0)
    return view.text(end < 0 ? bytes : bytes.subarray(0, end), `the attribute ${JSON.stringify(name)}`)
  })
}

/** A text of variable length: its length, and the address and the number of its object in a collection. */
function fromGlobalHeap(view: FileView, at: number): Uint8Array {
  const [length, collection, index] = [view.u32(at), view.u64(at + 4), view.u32(at + 12)]
  if (length === 0) return new Uint8Array(0)
  view.signature(collection, 'GCOL')
  const size = view.u64(collection + 8)
  view.check(collection, size)
  for (let object = collection + 16; object + 16 <= collection + size; ) {
    const [number, bytes] = [view.u16(object), view.u64(object + 8)]
    if (number === index) {
      if (bytes < length) throw view.fail(`a text of ${length} bytes at byte ${object}`, `${bytes} bytes`)
      return view.slice(object + 16, length)
    }
    if (number === 0) break
    object += 16 + Math.ceil(bytes / 8) * 8
  }
  throw view.fail(`the object ${index} of the heap at byte ${collection}`, 'none')
}
