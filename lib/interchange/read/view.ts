import { FormatError } from '../../base/errors.js'

/** Bytes of an untrusted file: every read is checked, and an error names the file and the place. */
export class FileView {
  readonly bytes: Uint8Array
  readonly #name: string
  readonly #format: string
  readonly #view: DataView

  /** @param name the file in messages; @param format such as 'an HDF5 file'. */
  constructor(bytes: Uint8Array, name: string, format: string) {
    this.bytes = bytes
    this.#name = name
    this.#format = format
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.bytes.length
  }

  /** @throws FormatError where the file ends before `at + size`. */
  check(at: number, size: number): number {
    if (Number.isSafeInteger(at) && at >= 0 && size >= 0 && size <= this.length - at) return at
    throw this.fail(`${size} bytes at ${at}`, `only ${this.length} bytes (is it truncated?)`)
  }

  u8(at: number): number {
    return this.#view.getUint8(this.check(at, 1))
  }

  u16(at: number): number {
    return this.#view.getUint16(this.check(at, 2), true)
  }

  u32(at: number): number {
    return this.#view.getUint32(this.check(at, 4), true)
  }

  /** A 64-bit count or address; beyond 2^53 it is past the end of any file. */
  u64(at: number): number {
    const value = this.#view.getBigUint64(this.check(at, 8), true)
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
    throw this.fail(`a size or an address at ${at}`, `${value}`)
  }

  /** Whether an address is HDF5's or ZIP's "none": all bits set. */
  isUndefined(at: number): boolean {
    return this.#view.getBigUint64(this.check(at, 8), true) === 0xffff_ffff_ffff_ffffn
  }

  slice(at: number, size: number): Uint8Array {
    this.check(at, size)
    return this.bytes.subarray(at, at + size)
  }

  /** @throws FormatError unless these characters are at `at`. */
  signature(at: number, text: string): void {
    const actual = Buffer.from(this.slice(at, text.length)).toString('latin1')
    if (actual !== text) throw this.fail(`'${text}' at byte ${at}`, JSON.stringify(actual))
  }

  /** @throws FormatError for bytes that are no UTF-8. */
  text(bytes: Uint8Array, what: string): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch (cause) {
      throw this.fail(`text in UTF-8 as ${what}`, 'other bytes', { cause })
    }
  }

  fail(expected: string, actual: string, options?: ErrorOptions): FormatError {
    return new FormatError(
      `${this.#name} is not ${this.#format} that can be read: expected ${expected}, but got ${actual}.`,
      options,
    )
  }
}
