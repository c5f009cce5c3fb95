import type { Work } from '../base/breathing.js'
import type { Matrix } from '../base/matrix.js'
import type { CellColumn } from './cell-column.js'
import type { LabelChoice } from './learned.js'
import type { TargetForm } from './target-form.js'
import type { Targets, Task, Truth } from './task.js'

/** What is read from the target. */
export interface Reading<T> {
  readonly y: Targets
  readonly truth: Truth
  /** Class numbers to draw held-out rows by. */
  readonly strata: Int32Array | undefined
  readonly task: Task
  /** How numbers become targets of networks; undefined for classes. */
  readonly form?: TargetForm
  /** The same target in other forms, which are compared with this one on held-out rows. */
  readonly others?: readonly Reading<T>[]
  /** The targets of rows that are given for validation. */
  readKnown(target: CellColumn): { readonly y: Targets; readonly truth: Truth }
  /** What is kept of the target, after outputs of the held-out rows. */
  finish(outputs: Matrix, truth: Truth): Work<Finished<T>>
}

/** What is kept of the target. */
export interface Finished<T> {
  readonly targets: T
  /** How labels are chosen, where the metric asks for it. */
  readonly labels?: LabelChoice
  /** The metric of these labels on the held-out rows. */
  readonly score?: number
}

/**
 * Reads the target.
 * @param training the rows to learn the scale of numbers from; all, if undefined.
 * @throws ArgumentError with row and column for cells that are no target, or a target that cannot be learned.
 */
export type ReadTarget<T> = (target: CellColumn, training: Uint32Array | undefined) => Reading<T>
