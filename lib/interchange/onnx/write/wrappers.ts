import { inside } from '../../../estimators/inside.js'
import type { Label } from '../../../learning/labels.js'
import { responseOf } from '../../../pipeline/calibrated-members.js'
import type { CalibratedClassifier } from '../../../pipeline/index.js'
import type { AnyThresholdClassifier } from '../../../pipeline/threshold-wrapper.js'
import { binary, cast, castName, pick } from './arithmetic.js'
import { writeCalibration } from './calibration.js'
import type { Graph, Value } from './graph.js'
import { labelAt, type ModelOutputs, withOther, writeLabel } from './heads.js'

/** Writes the outputs of a model inside another. */
export type WriteInner = (model: object, name: string) => ModelOutputs

/** Writes a CalibratedClassifier: the mean of the calibrated probabilities of its classifiers. */
export function writeCalibrated(graph: Graph, model: CalibratedClassifier, writeInner: WriteInner): ModelOutputs {
  const members = model.calibratedClassifiers.map(({ estimator, calibration }, k): Value => {
    const { scores, probabilities } = writeInner(estimator, `member_${k}`)
    const response = responseOf(estimator) === 'decisionFunction' ? scores! : probabilities!
    const shares = writeCalibration(graph, calibration, response)
    return shares.columns === 1 ? withOther(graph, shares) : shares
  })
  const names = members.map(({ name }) => name)
  const probabilities = { ...members[0]!, name: names.length > 1 ? graph.node('Mean', names) : names[0]! }
  return { label: writeLabel(graph, model.classes as readonly Label[], probabilities, 0), probabilities }
}

/** Writes a classifier that decides by a threshold: the positive label from there on. */
export function writeThreshold(graph: Graph, model: AnyThresholdClassifier, writeInner: WriteInner): ModelOutputs {
  const { classes, positive, response, threshold } = model[inside]()
  const { label: _, ...outputs } = writeInner(model.estimator, 'estimator')
  const score =
    response === 'predictProba'
      ? castName(graph, pick(graph, outputs.probabilities!, [positive]).name, 'double')
      : binary(graph, 'Mul', cast(graph, outputs.scores!, 'double').name, positive === 1 ? 1 : -1)
  const isPositive = castName(graph, binary(graph, 'GreaterOrEqual', score, threshold), 'int64')
  const index = graph.node('Reshape', [isPositive, graph.integers([-1])])
  return { label: labelAt(graph, [classes[1 - positive]!, classes[positive]!], index), ...outputs }
}
