import { type DescMessage, ModelProtoSchema, WireType } from '../proto/messages.js'
import { problem } from './problem.js'

/** Nested messages at most: graphs of real files have 6 to 10. */
const deepest = 40

/** Messages of a file at most, beside one for every 16 bytes: a message of 2 bytes takes hundreds in memory. */
const fewMessages = 10_000

/**
 * Checks the structure of a file before anything is made of it: that every length ends inside what holds it, and that messages are
 * neither nested too deeply nor so many that they would take much more memory than the file.
 * @throws FormatError with the offset of the wrong byte.
 */
export function scanModel(bytes: Uint8Array, file: string): void {
  const most = fewMessages + bytes.length / 16
  let messages = 0
  const fail = (at: number, text: string) => problem(file, `${text} at byte ${at}.`)

  const scan = (desc: DescMessage, begin: number, end: number, depth: number): void => {
    if (depth > deepest) throw fail(begin, `messages are nested more than ${deepest} deep`)
    messages++
    if (messages > most) throw fail(begin, 'there are more messages than a file of this size holds')
    let at = begin
    const varint = (): number => {
      let value = 0
      for (let shift = 0; shift < 70; shift += 7) {
        if (at >= end) throw fail(at, 'the file ends in a number')
        const byte = bytes[at++]!
        value += (byte & 0x7f) * 2 ** shift
        if (byte < 0x80) return value
      }
      throw fail(at, 'there is a number of more than 10 bytes')
    }
    while (at < end) {
      const start = at
      const tag = varint()
      const [field, wire] = [Math.floor(tag / 8), tag % 8]
      if (field === 0) throw fail(start, 'there is a field without a number')
      if (wire === WireType.Varint) varint()
      else if (wire === WireType.Bit64) at += 8
      else if (wire === WireType.Bit32) at += 4
      else if (wire === WireType.LengthDelimited) {
        const length = varint()
        if (length > end - at) throw fail(start, `a field of ${length} bytes goes beyond the end of what holds it`)
        const inner = desc.fields.find(({ number }) => number === field)?.message
        if (inner) scan(inner, at, at + length, depth + 1)
        at += length
      } else throw fail(start, 'there is a field of an unknown type')
      if (at > end) throw fail(start, 'the file ends in a number')
    }
  }
  scan(ModelProtoSchema, 0, bytes.length, 0)
}
