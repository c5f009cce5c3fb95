import { maxKeyBytes, maxValueBytes } from './store.js'

/** What a client asks for. */
export const operations = { set: 1, get: 2, add: 3, deleteAll: 4 } as const

/** What a frame holds: a request, or an answer, whose key is empty. Ids pair them. */
export interface Frame {
  readonly id: number
  readonly operation: number
  readonly key: string
  readonly value: Buffer
}

/** Length of the rest, id, operation, length of the key. */
const headBytes = 4 + 4 + 1 + 2
const maxRest = headBytes - 4 + maxKeyBytes + maxValueBytes

/** The bytes of a frame. */
export function encode(id: number, operation: number, key: string, value: Uint8Array): Buffer {
  const name = Buffer.from(key)
  if (name.length > maxKeyBytes) throw new RangeError(`Expected a key of at most ${maxKeyBytes} bytes.`)
  if (value.length > maxValueBytes) throw new RangeError(`Expected a value of at most ${maxValueBytes} bytes.`)
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(headBytes - 4 + name.length + value.length, 0)
  head.writeUInt32BE(id, 4)
  head.writeUInt8(operation, 8)
  head.writeUInt16BE(name.length, 9)
  return Buffer.concat([head, name, value])
}

/** Cuts a stream of bytes into parts of known lengths, and into frames. */
export class Incoming {
  #chunks: Buffer[] = []
  #length = 0
  /** The bytes that the next frame needs, as far as it is known; chunks are joined when they are there. */
  #wanted = 4

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  get length(): number {
    return this.#length
  }

  /** The next bytes; undefined until there are so many. */
  take(length: number): Buffer | undefined {
    if (this.#length < length) return undefined
    const all = this.#joined()
    this.#chunks = [all.subarray(length)]
    this.#length -= length
    return all.subarray(0, length)
  }

  /**
   * The next frame; undefined until it is whole.
   * @throws RangeError for bytes that are none.
   */
  frame(): Frame | undefined {
    if (this.#length < this.#wanted) return undefined
    const rest = this.#joined().readUInt32BE(0)
    if (rest < headBytes - 4 || rest > maxRest) throw new RangeError(`A frame of ${rest} bytes.`)
    this.#wanted = 4 + rest
    const bytes = this.take(this.#wanted)
    if (!bytes) return undefined
    this.#wanted = 4
    const keyEnd = headBytes + bytes.readUInt16BE(9)
    if (keyEnd > bytes.length) throw new RangeError('A key longer than its frame.')
    return {
      id: bytes.readUInt32BE(4),
      operation: bytes.readUInt8(8),
      key: bytes.toString('utf8', headBytes, keyEnd),
      value: bytes.subarray(keyEnd),
    }
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }
}
