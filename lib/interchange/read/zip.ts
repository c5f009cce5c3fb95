import { FileView } from './view.js'

/** A file in an archive. */
interface Entry {
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly header: number
}

/** How many times larger than the archive its files may be, each: more is assumed to be an attack. */
const mostGrowth = 200

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/**
 * A ZIP archive: files that are stored or deflated, in sizes of up to 4 GiB. The bytes are untrusted: no file is larger than
 * its entry says, and each is checked by its CRC.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10.
 */
export class ZipFile {
  readonly #view: FileView
  readonly #entries: Map<string, Entry>

  /** @throws FormatError that names the file and the problem. */
  constructor(bytes: Uint8Array, name: string) {
    this.#view = new FileView(bytes, name, 'a ZIP archive')
    this.#entries = readDirectory(this.#view)
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** @throws FormatError for a file that is missing, damaged or too large. */
  async read(name: string): Promise<Uint8Array> {
    const view = this.#view
    const entry = this.#entries.get(name)
    if (!entry) throw view.fail(`a file ${name}`, `${[...this.#entries.keys()].slice(0, 10).join(', ') || 'none'}`)
    const { header, method, packed, size, crc } = entry
    if (size > mostGrowth * view.length)
      throw view.fail(`at most ${mostGrowth * view.length} bytes as ${name}`, `${size}`)
    view.signature(header, 'PK\x03\x04')
    const data = view.slice(header + 30 + view.u16(header + 26) + view.u16(header + 28), packed)
    const content = method === 0 ? data : await this.#inflate(data, size, name)
    if (content.length !== size) throw view.fail(`${size} bytes as ${name}`, `${content.length}`)
    if (crcOf(content) !== crc) throw view.fail(`the CRC ${crc} of ${name}`, `${crcOf(content)} (is it damaged?)`)
    return content
  }

  async #inflate(data: Uint8Array, size: number, name: string): Promise<Uint8Array> {
    const { inflateRawSync } = await import('node:zlib')
    try {
      return inflateRawSync(data, { maxOutputLength: Math.max(1, size) })
    } catch (cause) {
      throw this.#view.fail(`deflated data of ${size} bytes as ${name}`, (cause as Error).message, { cause })
    }
  }
}

function readDirectory(view: FileView): Map<string, Entry> {
  const end = findEnd(view)
  const [count, start] = [view.u16(end + 10), view.u32(end + 16)]
  const entries = new Map<string, Entry>()
  let at = start
  for (let k = 0; k < count; k++) {
    view.signature(at, 'PK\x01\x02')
    const [method, flags, nameSize] = [view.u16(at + 10), view.u16(at + 8), view.u16(at + 28)]
    const name = view.text(view.slice(at + 46, nameSize), 'the name of a file')
    if (flags & 1) throw view.fail(`no encryption of ${name}`, 'encryption')
    if (method !== 0 && method !== 8) throw view.fail(`${name} stored or deflated`, `method ${method}`)
    if (entries.has(name)) throw view.fail('names that differ', `${name} twice`)
    const [crc, packed, size, header] = [view.u32(at + 16), view.u32(at + 20), view.u32(at + 24), view.u32(at + 42)]
    if ([packed, size, header].includes(0xffff_ffff)) throw view.fail(`${name} of less than 4 GiB`, 'a ZIP64 entry')
    entries.set(name, { method, crc, packed, size, header })
    at += 46 + nameSize + view.u16(at + 30) + view.u16(at + 32)
  }
  return entries
}

/** The end record stands before a comment of at most 65,535 bytes. */
function findEnd(view: FileView): number {
  for (let at = view.length - 22; at >= Math.max(0, view.length - 22 - 0xffff); at--) {
    if (view.u32(at) === 0x06054b50 && view.u16(at + 20) === view.length - at - 22) return at
  }
  throw view.fail('the end record of a ZIP archive', 'none (is it truncated?)')
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (let k = 0; k < bytes.length; k++) crc = table[(crc ^ bytes[k]!) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffff_ffff) >>> 0
}
