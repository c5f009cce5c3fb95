import type { FileView } from '../read/view.js'
import { readDatatype, toFloats } from './datatype.js'
import { countOf, type Message, messageTypes, readDataspace } from './messages.js'

/** Numbers of an HDF5 file. */
export interface Dataset {
  readonly kind: 'dataset'
  readonly shape: readonly number[]
  /** Reads them as float32. @throws FormatError where the file ends before them. */
  read(): Float32Array
}

/** A dataset from the messages of its header. */
export function readDataset(view: FileView, messages: readonly Message[], path: string): Dataset {
  const message = (type: number, what: string) => {
    const found = messages.find((one) => one.type === type)
    if (found) return found.at
    throw view.fail(`the ${what} of ${JSON.stringify(path)}`, 'none')
  }
  const shape = readDataspace(view, message(messageTypes.dataspace, 'dataspace'))
  const datatype = readDatatype(view, message(messageTypes.datatype, 'datatype'))
  const layout = message(messageTypes.layout, 'layout')
  return {
    kind: 'dataset',
    shape,
    read() {
      if (datatype.kind !== 'float' && datatype.kind !== 'integer') {
        throw view.fail(`numbers in ${JSON.stringify(path)}`, 'strings')
      }
      const count = countOf(view, shape)
      return toFloats(contentOf(view, layout, count * datatype.size, path), datatype, count)
    },
  }
}

function contentOf(view: FileView, at: number, size: number, path: string): Uint8Array {
  const [version, kind] = [view.u8(at), view.u8(at + 1)]
  if (version !== 3 && version !== 4) throw view.fail('a layout of version 3 or 4', `version ${version}`)
  if (size === 0) return new Uint8Array(0)
  if (kind === 0) {
    if (view.u16(at + 2) < size) throw view.fail(`${size} bytes in ${JSON.stringify(path)}`, `${view.u16(at + 2)}`)
    return view.slice(at + 4, size)
  }
  if (kind === 2) {
    throw view.fail(`numbers in one piece in ${JSON.stringify(path)}, as Keras writes them`, 'chunks')
  }
  if (kind !== 1) throw view.fail('a layout of class 0 or 1', `class ${kind}`)
  if (view.isUndefined(at + 2)) throw view.fail(`numbers in ${JSON.stringify(path)}`, 'none: they were never written')
  return view.slice(view.u64(at + 2), size)
}
