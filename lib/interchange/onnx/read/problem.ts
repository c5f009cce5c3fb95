import { describe } from '../../../base/check.js'
import { FormatError } from '../../../base/errors.js'
import type { NodeProto } from '../proto/messages.js'

/** The error for a file that is broken or that cannot become a model: what, and where. */
export function problem(file: string, text: string, options?: ErrorOptions): FormatError {
  return new FormatError(`${file} cannot be read as ONNX: ${text}`, options)
}

/** A node in a message: its name and its operator. */
export function nodeText({ name, opType, output }: NodeProto): string {
  return `node ${describe(name || output[0] || '')} (${opType})`
}
