import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Facts from the head of a binary. */
export interface NativeFile {
  /** `linux`, `darwin`, `win32`; undefined for a file that is no binary of these systems. */
  system: string | undefined
  /** As process.arch: x64, arm64, ...; undefined for others. */
  arch: string | undefined
  /** The size of the file. */
  bytes: number
  /** The size that the binary's own tables demand. */
  needed: number
  head: Buffer
}

type Facts = Pick<NativeFile, 'system' | 'arch' | 'needed'>

/** The tables of a binary lie within its first bytes. */
const headBytes = 1 << 14

const elfArchs: Record<number, string> = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
}
const machOArchs: Record<number, string> = { 16777223: 'x64', 16777228: 'arm64' }
const peArchs: Record<number, string> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' }

const nothing: Facts = { system: undefined, arch: undefined, needed: 0 }

/** Reads the head of a binary. Throws what `open` and `read` throw. */
export function readNativeFile(path: string): NativeFile {
  const file = openSync(path, 'r')
  try {
    const bytes = fstatSync(file).size
    const head = Buffer.alloc(Math.min(bytes, headBytes))
    readSync(file, head, 0, head.length, 0)
    return { ...factsOf(head), bytes, head }
  } finally {
    closeSync(file)
  }
}

function factsOf(head: Buffer): Facts {
  try {
    const system = systemOf(head)
    if (system === 'linux') return readElf(head)
    if (system === 'darwin') return readMachO(head)
    if (system === 'win32') return readPe(head)
    return nothing
  } catch (error) {
    // A table lies outside of the head. If the head is the whole file, the file is truncated. If not, a tool may have
    // moved the table to the end: the system's loader decides.
    const isWhole = head.length < headBytes
    const needed = isWhole ? Number.POSITIVE_INFINITY : 0
    if (error instanceof RangeError) return { ...nothing, needed, system: systemOf(head) }
    throw error
  }
}

function systemOf(head: Buffer): string | undefined {
  const magic = head.length < 4 ? 0 : head.readUInt32LE(0)
  if (magic === 0x464c457f) return 'linux'
  if (magic === 0xfeedfacf) return 'darwin'
  return (magic & 0xffff) === 0x5a4d ? 'win32' : undefined
}

/** ELF-64, System V ABI, chapters 4 and 5. */
function readElf(head: Buffer): Facts {
  const arch = elfArchs[head.readUInt16LE(18)]
  // 32 bits or big-endian: perceptra has no such binary.
  if (head.readUInt8(4) !== 2 || head.readUInt8(5) !== 1) return { ...nothing, system: 'linux', arch }
  const [at, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)]
  const sections = Number(head.readBigUInt64LE(40)) + head.readUInt16LE(58) * head.readUInt16LE(60)
  let needed = sections
  for (let i = 0; i < count; i++) {
    const segment = at + i * size
    const [from, length] = [Number(head.readBigUInt64LE(segment + 8)), Number(head.readBigUInt64LE(segment + 32))]
    needed = Math.max(needed, from + length)
  }
  return { system: 'linux', arch, needed }
}

/** Mach-O of 64 bits: <mach-o/loader.h>. */
function readMachO(head: Buffer): Facts {
  const isSegment = 0x19
  const isSignature = 0x1d
  let needed = 0
  let at = 32
  for (let i = head.readUInt32LE(16); i > 0; i--) {
    const [command, size] = [head.readUInt32LE(at), head.readUInt32LE(at + 4)]
    if (command === isSegment) {
      needed = Math.max(needed, Number(head.readBigUInt64LE(at + 40)) + Number(head.readBigUInt64LE(at + 48)))
    }
    if (command === isSignature) needed = Math.max(needed, head.readUInt32LE(at + 8) + head.readUInt32LE(at + 12))
    at += size
  }
  return { ...nothing, system: 'darwin', arch: machOArchs[head.readUInt32LE(4)], needed }
}

/** Microsoft's "PE Format": COFF header and section table. */
function readPe(head: Buffer): Facts {
  const header = head.readUInt32LE(0x3c)
  if (head.readUInt32LE(header) !== 0x4550) return nothing
  const sections = head.readUInt16LE(header + 6)
  const first = header + 24 + head.readUInt16LE(header + 20)
  let needed = 0
  for (let at = first; at < first + sections * 40; at += 40) {
    needed = Math.max(needed, head.readUInt32LE(at + 20) + head.readUInt32LE(at + 16))
  }
  return { ...nothing, system: 'win32', arch: peArchs[head.readUInt16LE(header + 4)], needed }
}
