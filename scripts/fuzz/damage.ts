import { crc32 } from 'node:zlib'
import { ZipFile } from '../../lib/interchange/read/zip.js'

/** Draws numbers of [0, 1). */
export type Draw = () => number

/** A copy with bytes changed, cut off, repeated or taken from another place. */
export function damageBytes(bytes: Uint8Array, draw: Draw): Uint8Array {
  const any = (below: number) => Math.floor(draw() * below)
  let copy = bytes.slice()
  for (let change = any(6); change >= 0; change--) {
    const at = any(copy.length)
    const kind = any(8)
    if (kind < 3) copy[at] = any(256)
    else if (kind === 3) copy[at] = [0, 1, 0x7f, 0x80, 0xff][any(5)]!
    else if (kind === 4) copy[at] = copy[at]! ^ (1 << any(8))
    else if (kind === 5) copy.copyWithin(at, any(copy.length), copy.length - any(copy.length))
    else if (kind === 6) copy.fill(0xff, at, at + 1 + any(8))
    else if (draw() < 0.3) copy = copy.slice(0, Math.max(1, at))
  }
  return copy
}

/** JSON text with values changed: it stays JSON, so that the readers behind the parser see it. */
export function damageJson(bytes: Uint8Array, draw: Draw): Uint8Array {
  const holder = { root: JSON.parse(new TextDecoder().decode(bytes)) as unknown }
  damageTree(holder, draw)
  return new TextEncoder().encode(JSON.stringify(holder.root))
}

/** An archive in which one file is damaged, and its CRC is right. */
export async function damageZip(bytes: Uint8Array, names: readonly string[], draw: Draw): Promise<Uint8Array> {
  const zip = new ZipFile(bytes, 'archive')
  const files: [string, Uint8Array][] = []
  for (const name of names) if (zip.has(name)) files.push([name, await zip.read(name)])
  const hit = Math.floor(draw() * files.length)
  const [name, content] = files[hit]!
  const json = name.endsWith('.json') && draw() < 0.8
  files[hit] = [name, json ? damageJson(content, draw) : damageBytes(content, draw)]
  return makeZip(files)
}

/** An archive of stored files. */
function makeZip(files: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []]
  let at = 0
  for (const [name, content] of files) {
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(content.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(name.length, 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, tail, Buffer.from(name))
    const local = [Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), Buffer.from(content)]
    parts.push(...local)
    at += local.reduce((sum, { length }) => sum + length, 0)
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  return new Uint8Array(Buffer.concat([...parts, listed, end]))
}

/** Changes some values of plain objects and arrays: other numbers, words and kinds, elements dropped, doubled and swapped. */
export function damageTree(root: object, draw: Draw): void {
  const any = (below: number) => Math.floor(draw() * below)
  const places: [holder: Record<string, unknown>, key: string][] = []
  const walk = (value: unknown) => {
    if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return
    for (const key of Object.keys(value)) {
      if (key.startsWith('$')) continue
      places.push([value as Record<string, unknown>, key])
      walk((value as Record<string, unknown>)[key])
    }
  }
  walk(root)
  for (let change = any(3); change >= 0; change--) {
    // Half of the time one of the first places: long lists of weights are most of many files.
    const [holder, key] = places[any(draw() < 0.5 ? Math.min(60, places.length) : places.length)]!
    const [other, otherKey] = places[any(places.length)]!
    const value = holder[key]
    if (draw() < 0.25 && typeof other[otherKey] === typeof value) holder[key] = structuredClone(other[otherKey])
    else if (Array.isArray(value) && draw() < 0.6) damageList(value, draw)
    else if (Array.isArray(holder) && draw() < 0.3) damageList(holder, draw)
    else holder[key] = otherValue(value, draw)
  }
}

function damageList(list: unknown[], draw: Draw): void {
  const at = Math.floor(draw() * list.length)
  const kind = Math.floor(draw() * 4)
  if (kind === 0) list.splice(at, 1)
  else if (kind === 1) list.splice(at, 0, list[at])
  else if (kind === 2) list.reverse()
  else list.length = Math.min(list.length, at)
}

const numbers = [0, -1, 1, 2, 3, 7, 0.5, -0.5, 1e-300, 1e300, 255, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 1e9]
const integers = [0n, 1n, -1n, 2n, 3n, 100n, 2n ** 31n, 2n ** 60n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)]
const words = ['', 'x', 'relu', '__proto__', 'constructor', '../x', 'Infinity', '\0', '😀'.repeat(50)]

/** Mostly a value of the same kind. */
function otherValue(value: unknown, draw: Draw): unknown {
  const one = <T>(list: readonly T[]) => list[Math.floor(draw() * list.length)]!
  if (value instanceof Uint8Array && value.length > 0) return damageBytes(value, draw)
  if (typeof value === 'bigint') return one(integers)
  if (draw() < 0.2) return one<unknown>([null, true, false, 'x', 3, -1, [], {}, [[]], [1, 2], { a: 1 }])
  if (typeof value === 'number') return draw() < 0.3 ? value + Math.floor(draw() * 5) - 2 : one(numbers)
  if (typeof value === 'string') return one(words)
  if (typeof value === 'boolean') return !value
  return value
}
