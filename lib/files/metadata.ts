import { checkOptions, describe } from '../base/check.js'
import { FormatError } from '../base/errors.js'

/** The key of a safetensors file's metadata under which perceptra keeps, as JSON, all that is not a tensor. */
export const metadataKey = 'perceptra'

/** The metadata of a file of `kind`, which holds `body`. */
export function encodeMetadata(kind: string, body: object): Record<string, string> {
  return { [metadataKey]: JSON.stringify({ format: 1, kind, ...body }) }
}

/**
 * Reads what encodeMetadata wrote, from an untrusted file.
 * @param keys the keys that the body may have.
 * @throws FormatError for a file of another program, kind or format; ArgumentError for an unknown key.
 */
export function decodeMetadata(
  metadata: Readonly<Record<string, string>>,
  kind: string,
  keys: readonly string[],
): Record<string, unknown> {
  const json = parse(metadata)
  checkOptions(json, 'metadata', ['format', 'kind', ...keys])
  const { format, kind: actual, ...body } = json as Record<string, unknown>
  if (format === 1 && actual === kind) return body
  throw new FormatError(
    `Expected format 1 of kind ${describe(kind)}, but got format ${describe(format)} of kind ${describe(actual)}. ` +
      'A newer perceptra may read it.',
  )
}

function parse(metadata: Readonly<Record<string, string>>): unknown {
  const text = Object.hasOwn(metadata, metadataKey) ? metadata[metadataKey]! : undefined
  if (text === undefined) throw new FormatError(`It was not written by perceptra: it has no metadata ${metadataKey}.`)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FormatError(`Its metadata ${metadataKey} is not JSON: ${(cause as Error).message}.`, { cause })
  }
}
