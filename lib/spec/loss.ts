import { booleanReader, type Choices, numberReader } from '../base/choice.js'
import { maxFloat32 } from '../base/matrix.js'

/** A loss with its parameters. */
export type LossSpec =
  | { readonly name: 'meanSquaredError' | 'meanAbsoluteError' | 'logCosh' | 'gaussianNll' }
  | { readonly name: 'hinge' | 'squaredHinge' | 'kullbackLeibler' }
  | {
      readonly name: 'binaryCrossentropy' | 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy'
      readonly fromLogits: boolean
      readonly labelSmoothing: number
    }
  | { readonly name: 'huber'; readonly delta: number }
  | { readonly name: 'poisson'; readonly fromLogits: boolean }
  | { readonly name: 'quantile'; readonly quantile: number }
  | { readonly name: 'focal'; readonly gamma: number; readonly alpha: number }

/** A loss's name (with its defaults) or what a factory of `losses` returns. */
export type LossLike = LossSpec['name'] | LossSpec

const crossentropy = { fromLogits: booleanReader(false), labelSmoothing: numberReader(0, { min: 0, below: 1 }) }

/** The losses and what each takes. */
export const lossChoices: Choices = {
  meanSquaredError: {},
  meanAbsoluteError: {},
  huber: { delta: numberReader(1, { min: 1.2e-38, max: maxFloat32 }) },
  logCosh: {},
  binaryCrossentropy: crossentropy,
  categoricalCrossentropy: crossentropy,
  sparseCategoricalCrossentropy: crossentropy,
  hinge: {},
  squaredHinge: {},
  poisson: { fromLogits: booleanReader(false) },
  kullbackLeibler: {},
  quantile: { quantile: numberReader(0.5, { above: 0, below: 1 }) },
  gaussianNll: {},
  focal: { gamma: numberReader(2, { min: 0, max: maxFloat32 }), alpha: numberReader(0.25, { above: 0, max: 1 }) },
}

/** Whether targets are class numbers. */
export function readsClasses(loss: LossSpec): boolean {
  return loss.name === 'sparseCategoricalCrossentropy'
}

/** Numbers in a row of targets. */
export function targetColumns(loss: LossSpec, outputs: number): number {
  if (readsClasses(loss)) return 1
  return loss.name === 'gaussianNll' ? outputs / 2 : outputs
}
