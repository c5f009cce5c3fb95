import { checkString, mismatch } from '../base/check.js'
import { type MatrixLike, type NumberTable, toShapedTable } from '../base/matrix.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import type { Tensor } from '../files/safetensors.js'
import { Learner } from '../learning/learner.js'
import type { ParameterTable } from '../learning/parameters.js'
import { encodeEstimatorFile } from './file.js'

/** What training leaves in every estimator. It is replaced as a whole: who reads it sees one state. */
export interface Learned {
  readonly nFeaturesIn: number
}

/** What goes into a file beside the parameters: plain JSON and tensors. */
export interface LearnedRecord {
  json: object
  tensors: Map<string, Tensor>
}

/** What all estimators have in common. */
export abstract class Estimator<T extends ParameterTable, L extends Learned> extends Learner<T, L> {
  /** What shuffles and splits are drawn from: the parameter `seed`, or the one that was drawn in its place. */
  get seed(): number {
    return this.randomSeed
  }

  /**
   * Columns of the rows that it was fitted with.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('tell nFeaturesIn').nFeaturesIn
  }

  /**
   * Writes parameters and all that was learned to a safetensors file, which is replaced as a whole or not at all. What
   * is loaded from it predicts the same and, with partialFit or a warm start, learns on as if it had never stopped.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_NOT_FITTED.
   */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    await writeFileAtomic(path, this.toBytes())
  }

  /**
   * The bytes of the file that `save` writes.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toBytes(): Uint8Array {
    const { json, tensors } = this.record(this.learned('save'))
    return encodeEstimatorFile(this.definition, this.params, { ...json, seed: this.seed }, tensors)
  }

  /** What a file holds of it. */
  protected abstract record(learned: L): LearnedRecord

  /** Rows to predict for: of as many columns as it was fitted with. */
  protected rows(x: MatrixLike): NumberTable {
    return toShapedTable(x, 'x', this.nFeaturesIn)
  }

  /** Rows to train with, which decide the number of columns unless there are weights to go on from. */
  protected trainingRows(x: MatrixLike, before: L | undefined): NumberTable {
    const table = toShapedTable(x, 'x')
    if (!before || table.columns === before.nFeaturesIn) return table
    const hint = 'To start anew, make another estimator or call fit without warmStart.'
    throw mismatch(
      'x',
      `rows of ${before.nFeaturesIn} numbers, as it was fitted with`,
      `rows of ${table.columns}`,
      hint,
    )
  }
}
