import type { Work } from '../../../base/breathing.js'
import { type DescMessage, ModelProtoSchema, WireType } from '../proto/messages.js'
import { problem } from './problem.js'

/** Nested messages at most: graphs of real files have 6 to 10. */
const deepest = 40

/** Messages of a file at most, beside one for every 16 bytes: a message of 2 bytes takes hundreds in memory. */
const fewMessages = 10_000

/** Fields in one step. */
const fieldsInStep = 1 << 12

/**
 * Checks the structure of a file before anything is made of it: that every length ends inside what holds it, and that messages are
 * neither nested too deeply nor so many that they would take much more memory than the file.
 * @throws FormatError with the offset of the wrong byte.
 */
export function* scanModel(bytes: Uint8Array, file: string): Work<void> {
  const most = fewMessages + bytes.length / 16
  const fail = (at: number, text: string) => problem(file, `${text} at byte ${at}.`)
  // The messages that hold the next byte, the innermost one last.
  const open: { desc: DescMessage; end: number }[] = [{ desc: ModelProtoSchema, end: bytes.length }]
  let [at, messages, fields] = [0, 1, 0]
  const varint = (end: number): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw fail(at, 'the file ends in a number')
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw fail(at, 'there is a number of more than 10 bytes')
  }
  for (let last = open.at(-1); last; last = open.at(-1)) {
    const { desc, end } = last
    if (at === end) {
      open.pop()
      continue
    }
    const start = at
    const tag = varint(end)
    const [field, wire] = [Math.floor(tag / 8), tag % 8]
    if (field === 0) throw fail(start, 'there is a field without a number')
    if (wire === WireType.Varint) varint(end)
    else if (wire === WireType.Bit64) at += 8
    else if (wire === WireType.Bit32) at += 4
    else if (wire === WireType.LengthDelimited) {
      const length = varint(end)
      if (length > end - at) throw fail(start, `a field of ${length} bytes goes beyond the end of what holds it`)
      const inner = desc.fields.find(({ number }) => number === field)?.message
      if (inner) {
        open.push({ desc: inner, end: at + length })
        if (open.length > deepest + 1) throw fail(at, `messages are nested more than ${deepest} deep`)
        messages++
        if (messages > most) throw fail(at, 'there are more messages than a file of this size holds')
      } else at += length
    } else throw fail(start, 'there is a field of an unknown type')
    if (at > end) throw fail(start, 'the file ends in a number')
    fields++
    if (fields % fieldsInStep === 0) yield
  }
}
