import { open } from 'node:fs/promises'
import { metadataKey } from './metadata.js'
import { lengthBytes, maxHeaderBytes } from './safetensors.js'

/**
 * The kind of model that a safetensors file holds, read from its header alone. Undefined where the header has no kind,
 * or the file cannot be read: loading the whole file then throws the error.
 */
export async function readKind(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      const length = new DataView(new ArrayBuffer(lengthBytes))
      await file.read(length, 0, lengthBytes, 0)
      const headerBytes = Number(length.getBigUint64(0, true))
      if (headerBytes > Math.min(maxHeaderBytes, size - lengthBytes)) return undefined
      const header = new Uint8Array(headerBytes)
      await file.read(header, 0, headerBytes, lengthBytes)
      return kindIn(new TextDecoder().decode(header))
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

function kindIn(header: string): string | undefined {
  const { __metadata__: metadata } = JSON.parse(header) as { __metadata__: Record<string, string> }
  const { kind } = JSON.parse(metadata[metadataKey]!) as { kind: unknown }
  return typeof kind === 'string' ? kind : undefined
}
