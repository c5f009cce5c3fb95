/** Emits a process warning: the data look like a mistake, or a result is less than it could be. */
export function warn(message: string): void {
  process.emitWarning(message, { type: 'PreprocessingWarning', code: 'PERCEPTRA_PREPROCESSING' })
}
