import { ArgumentError } from '../../../base/errors.js'

/** The error for a step that a graph cannot express. */
export function cannot(step: string, why: string): ArgumentError {
  return new ArgumentError(`ONNX cannot express ${step}: ${why}`)
}
