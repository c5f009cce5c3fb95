import { rowBlocks, type Work } from '../../base/breathing.js'
import { mismatch } from '../../base/check.js'
import { copyInSteps, type NumberTable } from '../../base/matrix.js'
import type { Label } from '../../learning/labels.js'
import type { Targets } from '../../network/targets.js'
import { type LossSpec, readsClasses } from '../../spec/loss.js'
import { encodeTrainingLabels } from '../classes.js'
import type { RowClasses } from '../held-back.js'
import { isTable, readLabelRows } from '../label-rows.js'
import type { OutputClasses } from '../mlp/class-rows.js'
import { combineWeights, type LabelWeight, weighClasses } from '../sample-weights.js'
import type { NetworkRows } from './fit.js'
import { type Head, type HeadParams, headForClasses } from './head.js'

/** Labelled rows, and the head of a network for them. */
export interface ClassRows {
  rows: NetworkRows
  head: Head
  outputs: OutputClasses
  /** Class numbers to draw validation rows by; undefined for several labels a row. */
  stratify: RowClasses | undefined
}

/**
 * Reads labels to train with: one a row, or rows of 0 and 1.
 * @param classes the classes that labels must be of; the labels themselves decide if undefined.
 * @throws ArgumentError for wrong labels or weights, or a loss that does not fit them.
 */
export function* readClassRows(
  x: NumberTable,
  y: unknown,
  sampleWeight: Float64Array | undefined,
  params: HeadParams & { classWeight: LabelWeight | null },
  classes?: readonly Label[],
): Work<ClassRows> {
  if (isTable(y)) {
    const targets = yield* readLabelRows(y, 'y', x.rows)
    if (params.classWeight !== null) {
      throw mismatch('classWeight', 'null for rows of several labels', 'weights', 'Use sampleWeight.')
    }
    const outputs = { classes: Array.from({ length: targets.columns }, (_, k) => k), multilabel: true }
    const head = headForClasses(params, outputs)
    return { rows: { x, targets, weights: sampleWeight }, head, outputs, stratify: undefined }
  }
  const encoded = yield* encodeTrainingLabels(y, x.rows, classes)
  const outputs = { classes: encoded.classes, multilabel: false }
  const head = headForClasses(params, outputs)
  const { numbers } = encoded
  const weights =
    params.classWeight === null
      ? sampleWeight
      : yield* combineWeights(sampleWeight, yield* weighClasses(params.classWeight, outputs.classes, numbers), numbers)
  const rows = { x, targets: yield* targetsFor(numbers, head.units, head.loss), weights }
  return { rows, head, outputs, stratify: { numbers, count: outputs.classes.length } }
}

/** Class numbers; 0 or 1 for one unit; one-hot rows for a unit a class. */
function* targetsFor(numbers: Int32Array, units: number, loss: LossSpec): Work<Targets> {
  if (readsClasses(loss)) return { data: numbers, columns: 1 }
  if (units === 1) return { data: yield* copyInSteps(numbers, new Float32Array(numbers.length)), columns: 1 }
  const data = new Float32Array(numbers.length * units)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) data[row * units + numbers[row]!] = 1
  })
  return { data, columns: units }
}
