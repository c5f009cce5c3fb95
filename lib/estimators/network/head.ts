import { ArgumentError } from '../../base/errors.js'
import type { ActivationLike, ActivationSpec } from '../../spec/activation.js'
import { classesIn, type LossSpec, readsClasses } from '../../spec/loss.js'
import type { OutputClasses } from '../mlp/class-rows.js'

/** The output layer of a network, and the loss that fits it. */
export interface Head {
  readonly units: number
  readonly activation: ActivationLike
  readonly loss: LossSpec
}

/** The parameters that a head depends on. */
export interface HeadParams {
  readonly loss: LossSpec | null
  readonly outputActivation: ActivationSpec | null
}

const simple = { fromLogits: false, labelSmoothing: 0 }
const binary: LossSpec = Object.freeze({ name: 'binaryCrossentropy', ...simple })
const sparse: LossSpec = Object.freeze({ name: 'sparseCategoricalCrossentropy', ...simple })
const squared: LossSpec = Object.freeze({ name: 'meanSquaredError' })

const lossesOfClasses: readonly LossSpec['name'][] = [
  ...(['binaryCrossentropy', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'focal'] as const),
  ...(['kullbackLeibler', 'hinge', 'squaredHinge', 'meanSquaredError'] as const),
]
const lossesOfNumbers: readonly LossSpec['name'][] = [
  ...(['meanSquaredError', 'meanAbsoluteError', 'huber', 'logCosh'] as const),
  ...(['poisson', 'quantile', 'gaussianNll'] as const),
]

/** @throws ArgumentError for a loss that is not for classes. */
export function checkLossOfClasses({ loss }: Pick<HeadParams, 'loss'>): void {
  checkLoss(loss, lossesOfClasses, 'NetworkClassifier')
}

/** @throws ArgumentError for a loss that is not for numbers. */
export function checkLossOfNumbers({ loss }: Pick<HeadParams, 'loss'>): void {
  checkLoss(loss, lossesOfNumbers, 'NetworkRegressor')
}

function checkLoss(loss: LossSpec | null, names: readonly LossSpec['name'][], kind: string): void {
  if (loss === null || names.includes(loss.name)) return
  throw new ArgumentError(`Expected one of ${names.join(', ')} for the loss of a ${kind}, but got '${loss.name}'.`)
}

/**
 * The head for classes: one unit for two classes, or one a class; of rows with several labels, one a label. Losses over
 * distributions, and a softmax, have one unit a class for two classes too.
 * @throws ArgumentError for several labels a row with a loss over distributions.
 */
export function headForClasses({ loss, outputActivation }: HeadParams, { classes, multilabel }: OutputClasses): Head {
  const chosen = loss ?? (multilabel || classes.length === 2 ? binary : sparse)
  const overDistributions = readsClasses(chosen) || classesIn(chosen) === 'largest'
  if (multilabel && overDistributions) {
    throw new ArgumentError(
      `The loss ${chosen.name} is for one class a row, but rows of y have several labels. Use binaryCrossentropy.`,
    )
  }
  const isSoftmax = outputActivation?.name === 'softmax'
  const units = classes.length === 2 && !multilabel && !overDistributions && !isSoftmax ? 1 : classes.length
  return { units, activation: outputActivation ?? activationFor(chosen, units === 1 || multilabel), loss: chosen }
}

/** @param apart whether each output stands for itself. */
function activationFor(loss: LossSpec, apart: boolean): ActivationLike {
  if ('fromLogits' in loss && loss.fromLogits) return 'linear'
  if (loss.name === 'hinge' || loss.name === 'squaredHinge') return 'linear'
  return apart || loss.name === 'binaryCrossentropy' ? 'sigmoid' : 'softmax'
}

/** The head for `columns` numbers a row. */
export function headForNumbers({ loss, outputActivation }: HeadParams, columns: number): Head {
  const chosen = loss ?? squared
  const isRate = chosen.name === 'poisson' && !chosen.fromLogits
  const units = chosen.name === 'gaussianNll' ? 2 * columns : columns
  return { units, activation: outputActivation ?? (isRate ? 'exponential' : 'linear'), loss: chosen }
}
