import {
  type Calibration,
  IsotonicCalibration,
  type SigmoidCalibration,
  TemperatureScaling,
} from '../../calibration/index.js'
import { epsilon } from '../../calibration/temperature.js'
import { inside } from '../../estimators/inside.js'
import type { Label } from '../../learning/labels.js'
import { responseOf } from '../../pipeline/calibrated-members.js'
import type { CalibratedClassifier } from '../../pipeline/index.js'
import type { AnyThresholdClassifier } from '../../pipeline/threshold-wrapper.js'
import type { SourceModel } from './code.js'
import { list, number, type SourceWriter } from './writer.js'

type CodeOf = (model: object, out: SourceWriter) => SourceModel

/** The code of a CalibratedClassifier: its outputs are the mean of the calibrated probabilities of its classifiers. */
export function calibratedCode(model: CalibratedClassifier, out: SourceWriter, codeOf: CodeOf): SourceModel {
  const members = model.calibratedClassifiers.map(({ estimator, calibration }) => {
    const inner = codeOf(estimator, out)
    const { outputs, sums, probabilities } = inner.model!
    const scores = responseOf(estimator) === 'decisionFunction' ? sums! : probabilities!
    const shares = `(outputs) => ${calibrationCode(calibration, out)}(${scores})`
    return { inner, code: out.call('inTurn', ...inner.steps, outputs, shares) }
  })
  const outputs = out.call('meanOf', ...members.map(({ code }) => code))
  const classes = model.classes as readonly Label[]
  const prediction = `classes[${out.call('largest', 'outputs')}]`
  return {
    ...members[0]!.inner,
    steps: [],
    model: { outputs, prediction, probabilities: 'outputs', classes, result: 'label' },
  }
}

/** The code of a fitted calibration: a function of scores, one a label or one for the second of two. */
function calibrationCode(calibration: Calibration, out: SourceWriter): string {
  const count = calibration.labels.length
  if (calibration instanceof TemperatureScaling) {
    const { input, temperature } = calibration.toJSON()
    return out.call('heated', number(temperature), input === 'logits' ? 'null' : number(epsilon))
  }
  const functions =
    calibration instanceof IsotonicCalibration
      ? calibration.toJSON().curves.map(({ x, y }) => out.call('curveOf', out.numbers(x), out.numbers(y)))
      : (calibration as SigmoidCalibration)
          .toJSON()
          .sigmoids.map(({ slope, offset }) => out.call('sigmoidOf', number(-slope), number(-offset)))
  return out.call('oneVsRest', number(count), list(functions))
}

/** The code of a classifier that decides by a threshold. */
export function thresholdCode(model: AnyThresholdClassifier, out: SourceWriter, codeOf: CodeOf): SourceModel {
  const inner = codeOf(model.estimator, out)
  const { classes, positive, response, threshold } = model[inside]()
  const { probabilities, sums } = inner.model!
  const score =
    response === 'predictProba' ? `${probabilities!}[${positive}]` : `${positive === 1 ? '' : '-'}${sums!}[0]`
  const prediction = `classes[Math.fround(${score}) >= ${number(threshold)} ? ${positive} : ${1 - positive}]`
  return { ...inner, model: { ...inner.model!, prediction, classes, result: 'label' } }
}
