import { open } from 'node:fs/promises'
import { metadataKey } from './metadata.js'
import { lengthBytes, maxHeaderBytes } from './safetensors.js'

/**
 * The kind of model that a safetensors file or its bytes hold, read from its header alone. Undefined where the header has
 * no kind, or the file cannot be read: loading the whole file then throws the error.
 */
export async function readKind(source: string | Uint8Array): Promise<string | undefined> {
  try {
    if (typeof source !== 'string') {
      return kindIn(await readHeader(source.length, async (begin, end) => source.slice(begin, end)))
    }
    const file = await open(source, 'r')
    try {
      const { size } = await file.stat()
      const read = async (begin: number, end: number) => {
        const bytes = new Uint8Array(end - begin)
        await file.read(bytes, 0, bytes.length, begin)
        return bytes
      }
      return kindIn(await readHeader(size, read))
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

async function readHeader(size: number, read: (begin: number, end: number) => Promise<Uint8Array>): Promise<string> {
  const length = await read(0, lengthBytes)
  const headerBytes = Number(new DataView(length.buffer).getBigUint64(0, true))
  if (headerBytes > Math.min(maxHeaderBytes, size - lengthBytes)) return ''
  return new TextDecoder().decode(await read(lengthBytes, lengthBytes + headerBytes))
}

function kindIn(header: string): string | undefined {
  const { __metadata__: metadata } = JSON.parse(header) as { __metadata__: Record<string, string> }
  const { kind } = JSON.parse(metadata[metadataKey]!) as { kind: unknown }
  return typeof kind === 'string' ? kind : undefined
}
