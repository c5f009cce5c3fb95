import type { FileView } from '../read/view.js'

/** A message of an object header. */
export interface Message {
  readonly type: number
  readonly at: number
  readonly size: number
}

/** The types of messages that are read. */
export const messageTypes = {
  dataspace: 1,
  datatype: 3,
  layout: 8,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
} as const

/** Blocks of an object header, at most. */
const mostBlocks = 1024

/** Messages of an object, as the format counts them in 16 bits. */
const mostMessages = 65_535

/** The messages of an object header of version 1. */
export function readMessages(view: FileView, header: number): Message[] {
  const version = view.u8(header)
  if (version !== 1) throw view.fail(`an object header of version 1 at byte ${header}`, `version ${version}`)
  const blocks = [{ at: header + 16, size: view.u32(header + 8) }]
  const messages: Message[] = []
  const visited = new Set<number>()
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    if (visited.has(block.at) || visited.size > mostBlocks) {
      throw view.fail('an object header without loops', `one at byte ${block.at}`)
    }
    visited.add(block.at)
    view.check(block.at, block.size)
    const end = block.at + block.size
    for (let at = block.at; at + 8 <= end; ) {
      const [type, size, flags] = [view.u16(at), view.u16(at + 2), view.u8(at + 4)]
      if (size > end - at - 8) throw view.fail(`a message that ends at byte ${end}`, `${size} bytes at ${at + 8}`)
      const isRead = Object.values<number>(messageTypes).includes(type)
      if (isRead && flags & 2) throw view.fail('messages that are not shared', `one at byte ${at}`)
      if (type === messageTypes.continuation) blocks.push({ at: view.u64(at + 8), size: view.u64(at + 16) })
      else messages.push({ type, at: at + 8, size })
      if (messages.length > mostMessages) throw view.fail(`at most ${mostMessages} messages of an object`, 'more')
      at += 8 + size
    }
  }
  return messages
}

/** The sizes of a dataspace; none for a single number. */
export function readDataspace(view: FileView, at: number): number[] {
  const [version, rank] = [view.u8(at), view.u8(at + 1)]
  if (version !== 1 && version !== 2) throw view.fail('a dataspace of version 1 or 2', `version ${version}`)
  if (version === 2 && view.u8(at + 3) === 2) return [0]
  const begin = at + (version === 1 ? 8 : 4)
  return Array.from({ length: rank }, (_, k) => view.u64(begin + 8 * k))
}

/** The number of elements. */
export function countOf(view: FileView, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1)
  if (Number.isSafeInteger(count)) return count
  throw view.fail('a number of elements that can be counted', `the shape [${shape}]`)
}
