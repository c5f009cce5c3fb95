import type { Label } from '../../learning/labels.js'

/** A model as code: functions of the cells of a row. */
export interface ModelCode {
  /** The outputs: an array of numbers. */
  readonly outputs: string
  /** The prediction, from `outputs`, which the code names so. */
  readonly prediction: string
  /** Likewise the probabilities of classes. */
  readonly probabilities: string | undefined
  /** Weighted sums that labels follow from, from `outputs`, where the model has decisionFunction. */
  readonly sums?: string
  /** The classes of a classifier; undefined without. */
  readonly classes: readonly Label[] | undefined
  readonly result: 'label' | 'labels' | 'number' | 'numbers'
}

/** A whole model as code, and what its rows are. */
export interface SourceModel {
  /** A function that makes cells of a row that users pass. */
  readonly reader: string
  /** The steps of preparation, functions of cells. */
  readonly steps: readonly string[]
  /** Undefined for transformers alone. */
  readonly model: ModelCode | undefined
  /** The names of columns; undefined if rows are arrays alone. */
  readonly columns: readonly string[] | undefined
  /** Further columns that an object may have, which the model does not read. */
  readonly others?: readonly string[]
  readonly columnsMayLack: boolean
  /** Types of cells that rows have beside strings, numbers and booleans, for declarations. */
  readonly cells?: string
  readonly inputs: number
}
