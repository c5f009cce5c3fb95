import { checkString, invalid } from '../base/check.js'

/**
 * Checks where a model is read from: a path, or the bytes of a file.
 * @returns its name in messages.
 * @throws ArgumentError for anything else.
 */
export function checkSource(source: unknown): string {
  if (source instanceof Uint8Array) return 'The file'
  if (typeof source !== 'string') throw invalid('source', 'a path or bytes', source)
  return checkString(source, 'source')
}
