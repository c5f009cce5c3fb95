/** Changes a string of an ELF library's string tables to another one as long, with the hash that goes with a version. */
export function replaceInElf(bytes: Buffer, from: string, to: string): Buffer {
  if (from.length !== to.length) throw new Error(`${from} and ${to} differ in length`)
  const changed = Buffer.from(bytes)
  const count = replaceAll(changed, Buffer.from(`${from}\0`), Buffer.from(`${to}\0`))
  if (count === 0) throw new Error(`there is no ${from}`)
  replaceAll(changed, elfHash(from), elfHash(to))
  return changed
}

function replaceAll(bytes: Buffer, from: Buffer, to: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
    to.copy(bytes, at)
    count++
  }
  return count
}

/** System V ABI, chapter 5: the hash by which versions are compared first. */
function elfHash(name: string): Buffer {
  let hash = 0
  for (const byte of Buffer.from(name)) {
    hash = ((hash << 4) >>> 0) + byte
    const high = hash & 0xf0000000
    hash = ((hash ^ (high >>> 24)) & ~high) >>> 0
  }
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(hash)
  return bytes
}
