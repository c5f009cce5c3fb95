import { checkOptions, checkSignal, optionKeys } from '../base/check.js'
import type { SampleWeight } from '../base/sample-weight.js'

/** Options of `transform`. */
export interface TransformOptions {
  /** Aborting it stops the work within a few milliseconds: the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

export const transformKeys = optionKeys<TransformOptions>({ signal: true })

/** Options of `fit`. */
export interface TransformerFitOptions extends TransformOptions {
  /** The weight of each row, a number of at least 0. Only StandardScaler takes it, as in scikit-learn. */
  sampleWeight?: SampleWeight | undefined
}

/**
 * Checks options; returns their signal.
 * @param what the call, for messages: `transform() of StandardScaler`.
 * @param names the options that the call takes.
 * @throws ArgumentError for an unknown option or a wrong signal.
 */
export function readSignal(
  options: TransformOptions,
  what: string,
  names: readonly string[] = transformKeys,
): AbortSignal | undefined {
  checkOptions(options, what, names)
  return options.signal === undefined ? undefined : checkSignal(options.signal)
}
