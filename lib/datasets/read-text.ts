import { TextDecoder } from 'node:util'
import { checkString, invalid } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import type { NamedSource } from './text-source.js'

/**
 * The text of a source, in blocks, without a byte order mark.
 * @param encoding a label of the Encoding Standard: `utf-8`, `latin1`, `utf-16le`, `shift_jis`, ...
 * @throws ArgumentError for a file that cannot be read; FormatError for bytes of another encoding.
 * @throws the signal's reason when it is aborted.
 */
export async function* readText(source: NamedSource, encoding: string, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = makeDecoder(encoding)
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch (cause) {
      const hint = 'Set the option encoding to that of the file, such as latin1.'
      throw new FormatError(`${source.name}: expected text in ${decoder.encoding}, but some bytes are not. ${hint}`, {
        cause,
      })
    }
  }
  signal?.throwIfAborted()
  for await (const block of source.open(signal)) yield decode(block)
  yield decode()
}

/** @throws ArgumentError for an unknown label. */
export function makeDecoder(encoding: unknown): TextDecoder {
  try {
    return new TextDecoder(checkString(encoding, 'encoding'), { fatal: true })
  } catch {
    throw invalid('encoding', 'a name of an encoding, such as utf-8 or latin1', encoding)
  }
}
