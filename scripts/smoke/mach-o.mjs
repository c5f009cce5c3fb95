import { createHash } from 'node:crypto'

const cpus = { 16777223: 'x64', 16777228: 'arm64' }
const libraryCommands = [0xc, 0x80000018, 0x8000001f, 0x20, 0x80000023]

/**
 * Reads the head of a 64-bit Mach-O library (<mach-o/loader.h>, <mach-o/nlist.h>): processor, minimum macOS version,
 * needed libraries, exports, and symbols that the loading process must provide.
 */
export function readMachO(bytes) {
  if (bytes.readUInt32LE(0) !== 0xfeedfacf) throw new Error('it is no Mach-O file of 64 bits')
  const facts = { arch: cpus[bytes.readUInt32LE(4)], libraries: [], oldest: undefined, exported: [], looked: [] }
  let [at, signature] = [32, undefined]
  let symbols
  for (let i = bytes.readUInt32LE(16); i > 0; i--) {
    const command = bytes.readUInt32LE(at)
    if (libraryCommands.includes(command)) facts.libraries.push(text(bytes, at + bytes.readUInt32LE(at + 8)))
    if (command === 0x32) facts.oldest = version(bytes.readUInt32LE(at + 12))
    if (command === 0x24) facts.oldest = version(bytes.readUInt32LE(at + 8))
    if (command === 0x2) symbols = [8, 12, 16].map((offset) => bytes.readUInt32LE(at + offset))
    if (command === 0x1d) signature = bytes.readUInt32LE(at + 8)
    at += bytes.readUInt32LE(at + 4)
  }
  if (symbols) readSymbols(bytes, symbols, facts)
  return { ...facts, signature: signature === undefined ? 'none' : readSignature(bytes, signature) }
}

function version(packed) {
  return [packed >>> 16, (packed >>> 8) & 0xff].join('.')
}

function text(bytes, at) {
  return bytes.toString('latin1', at, bytes.indexOf(0, at))
}

/** External symbols, and those that are looked up in the whole process instead of in one library. */
function readSymbols(bytes, [first, count, strings], facts) {
  const dynamicLookup = 0xfe
  for (let i = 0; i < count; i++) {
    const at = first + 16 * i
    const [type, ordinal] = [bytes.readUInt8(at + 4), bytes.readUInt16LE(at + 6) >>> 8]
    const isDebug = (type & 0xe0) !== 0
    const isExternal = (type & 0x01) !== 0
    const isPrivate = (type & 0x10) !== 0
    if (isDebug || !isExternal || isPrivate) continue
    const name = text(bytes, strings + bytes.readUInt32LE(at))
    if ((type & 0x0e) !== 0) facts.exported.push(name)
    else if (ordinal === dynamicLookup || ordinal === 0) facts.looked.push(name)
  }
}

/** `ad-hoc` if every page has the hash in the code directory; macOS kills a process with a wrong one. */
function readSignature(bytes, at) {
  if (bytes.readUInt32BE(at) !== 0xfade0cc0) return 'no signature where it should be'
  for (let i = 0; i < bytes.readUInt32BE(at + 8); i++) {
    const directory = at + bytes.readUInt32BE(at + 12 + 8 * i + 4)
    if (bytes.readUInt32BE(directory) !== 0xfade0c02) continue
    const [flags, hashes, , slots, limit] = [12, 16, 24, 28, 32].map((offset) => bytes.readUInt32BE(directory + offset))
    const [hashSize, hashType] = [bytes.readUInt8(directory + 36), bytes.readUInt8(directory + 37)]
    if (hashType !== 2) return `hashes of type ${hashType}`
    const page = 2 ** bytes.readUInt8(directory + 39)
    for (let slot = 0; slot < slots; slot++) {
      const content = bytes.subarray(slot * page, Math.min((slot + 1) * page, limit))
      const said = bytes.subarray(directory + hashes + slot * hashSize, directory + hashes + (slot + 1) * hashSize)
      if (!createHash('sha256').update(content).digest().equals(said)) return `page ${slot} has another hash`
    }
    return (flags & 2) !== 0 ? 'ad-hoc' : 'not ad-hoc'
  }
  return 'no code directory'
}
