import { hasMethod } from '../../learning/supports.js'
import { innermost } from '../../learning/wrapped.js'
import type { HistoryLike } from '../options.js'
import type { AnyModel } from '../read/subject.js'

/** A figure over the epochs, with that of the validation rows where there is one. */
export interface TrainingCurve {
  readonly name: string
  readonly training: readonly number[] | undefined
  readonly validation: readonly number[] | undefined
}

/** Curves of training. */
export interface TrainingFindings {
  /** Counted from 1. */
  readonly epochs: readonly number[]
  readonly curves: readonly TrainingCurve[]
}

/** What estimators keep of their training. */
interface Kept {
  /** Of those that wrap a network. */
  readonly history: HistoryLike
  readonly lossCurve: readonly number[]
  readonly validationScores: readonly number[]
}

/** The curves of a history; without one those that an estimator keeps. Undefined if there are none. */
export function trainingOf(model: AnyModel, history: HistoryLike | undefined): TrainingFindings | undefined {
  if (history) return ofHistory(history)
  const inner = innermost(model) as Partial<Kept>
  if (inner.history) return ofHistory(inner.history)
  if (!hasMethod(inner, 'predict') || !('lossCurve' in inner) || !inner.lossCurve?.length) return undefined
  const { lossCurve, validationScores = [] } = inner
  return {
    epochs: lossCurve.map((_, k) => k + 1),
    curves: [
      { name: 'loss', training: lossCurve, validation: undefined },
      ...(validationScores.length === lossCurve.length
        ? [{ name: 'score', training: undefined, validation: validationScores }]
        : []),
    ],
  }
}

function ofHistory({ epochs, logs }: HistoryLike): TrainingFindings | undefined {
  if (epochs.length === 0) return undefined
  const isWhole = (key: string) => logs[key]?.length === epochs.length
  // Statistics of layers, such as dense.kernel.weightRms, are too many.
  const keys = Object.keys(logs).filter((key) => !key.includes('.') && isWhole(key))
  const plain = (key: string) => (/^val[A-Z]/.test(key) ? key[3]!.toLowerCase() + key.slice(4) : key)
  const names = [...new Set(keys.map(plain))]
  const validationOf = (name: string) => `val${name[0]!.toUpperCase()}${name.slice(1)}`
  return {
    epochs: epochs.map((epoch) => epoch + 1),
    curves: names.map((name) => ({
      name,
      training: keys.includes(name) ? logs[name] : undefined,
      validation: keys.includes(validationOf(name)) ? logs[validationOf(name)] : undefined,
    })),
  }
}
