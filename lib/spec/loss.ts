import { describe, keysOf } from '../base/check.js'
import {
  booleanReader,
  type ChoiceLike,
  type ChoiceOf,
  type Choices,
  numberReader,
  type ParametersOfChoice,
  type Readers,
} from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'
import {
  needsDistribution,
  needsMeansAndVariances,
  needsProbabilities,
  needsRates,
  needsSigmoid,
  needsSigns,
  needsSoftmax,
  type OutputLayer,
} from './loss-output.js'

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

/** A loss's name (with its defaults), `{ name, ...parameters }`, or what a factory of `losses` returns. */
export type LossLike = LossSpec['name'] | ChoiceLike<LossSpec>

/** All that the rest of lib/ must know of a loss. Its formula is in cpp/math/kernels, its name in cpp/math/loss_table.h. */
interface LossEntry<Name extends LossSpec['name'] = LossSpec['name']> {
  readonly parameters: Readers<ParametersOfChoice<LossSpec, Name>>
  /** What targets may be: class numbers, -1 and 1, or numbers of a range. Any finite number if left out. */
  readonly targets?: 'classNumbers' | 'signs' | readonly [min: number, max: number]
  /** Numbers in a row of targets; as many as outputs if left out. */
  readonly targetColumns?: (outputs: number) => number
  /** How targets name the class of a row: each column is 0 or 1, or one column of several is the largest. */
  readonly classes?: 'yesOrNo' | 'largest'
  /** @throws ArgumentError where the last layer does not fit. */
  checkOutput?(loss: ChoiceOf<LossSpec, Name>, output: OutputLayer): void
}

const crossentropy = { fromLogits: booleanReader(false), labelSmoothing: numberReader(0, { min: 0, below: 1 }) }
const probabilities = [0, 1] as const

/** The one list of losses. */
const lossTable: { readonly [Name in LossSpec['name']]: LossEntry<Name> } = {
  meanSquaredError: { parameters: {} },
  meanAbsoluteError: { parameters: {} },
  huber: { parameters: { delta: numberReader(1, { min: 1.2e-38, max: maxFloat32 }) } },
  logCosh: { parameters: {} },
  binaryCrossentropy: {
    parameters: crossentropy,
    targets: probabilities,
    classes: 'yesOrNo',
    checkOutput: needsSigmoid,
  },
  categoricalCrossentropy: {
    parameters: crossentropy,
    targets: probabilities,
    classes: 'largest',
    checkOutput: needsSoftmax,
  },
  sparseCategoricalCrossentropy: {
    parameters: crossentropy,
    targets: 'classNumbers',
    targetColumns: () => 1,
    checkOutput: needsSoftmax,
  },
  hinge: { parameters: {}, targets: 'signs', classes: 'yesOrNo', checkOutput: needsSigns },
  squaredHinge: { parameters: {}, targets: 'signs', classes: 'yesOrNo', checkOutput: needsSigns },
  poisson: { parameters: { fromLogits: booleanReader(false) }, targets: [0, Infinity], checkOutput: needsRates },
  kullbackLeibler: { parameters: {}, targets: probabilities, classes: 'largest', checkOutput: needsDistribution },
  quantile: { parameters: { quantile: numberReader(0.5, { above: 0, below: 1 }) } },
  gaussianNll: { parameters: {}, targetColumns: (outputs) => outputs / 2, checkOutput: needsMeansAndVariances },
  focal: {
    parameters: {
      gamma: numberReader(2, { min: 0, max: maxFloat32 }),
      alpha: numberReader(0.25, { above: 0, max: 1 }),
    },
    targets: probabilities,
    classes: 'yesOrNo',
    checkOutput: needsProbabilities,
  },
}

/** The losses and the parameters of each. */
export const lossChoices = Object.fromEntries(
  keysOf(lossTable).map((name) => [name, lossTable[name].parameters]),
) as Choices<LossSpec>

const entryOf = ({ name }: LossSpec): Omit<LossEntry, 'parameters'> => lossTable[name]

/** What targets may be: class numbers, -1 and 1, or numbers of a range; undefined for any finite number. */
export function targetsOf(loss: LossSpec): LossEntry['targets'] {
  return entryOf(loss).targets
}

/** Whether targets are class numbers. */
export function readsClasses(loss: LossSpec): boolean {
  return targetsOf(loss) === 'classNumbers'
}

/** How targets that are not class numbers name the class of a row; undefined where there are no classes. */
export function classesIn(loss: LossSpec): LossEntry['classes'] {
  return entryOf(loss).classes
}

/** Numbers in a row of targets. */
export function targetColumns(loss: LossSpec, outputs: number): number {
  return entryOf(loss).targetColumns?.(outputs) ?? outputs
}

/**
 * Checks that a loss fits the outputs of the last layer.
 * @throws ArgumentError that says what to change.
 */
export function checkOutput(loss: LossSpec, output: OutputLayer): void {
  if (output.activation.name === 'softmax' && output.units === 1) {
    throw new ArgumentError(
      `A softmax over one unit is always 1, so the last layer (${describe(output.name)}) cannot learn. Give it ` +
        "activation: 'sigmoid' and the loss 'binaryCrossentropy', or one unit for each class.",
    )
  }
  entryOf(loss).checkOutput?.(loss, output)
}
