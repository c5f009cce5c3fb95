import { invalid, mismatch } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import type { Label } from '../../learning/labels.js'
import { innermost } from '../../learning/wrapped.js'
import { Sequential } from '../../sequential.js'
import type { DriftReport } from '../../tabular/drift.js'
import type { Schema } from '../../tabular/schema.js'
import type { TabularReport } from '../../tabular/tabular-model.js'
import { checkDifferent } from '../options.js'

/** A model that `report` can describe: whatever `load` returns and predicts. */
export interface ReportableModel {
  predict(rows: never, options?: never): Promise<unknown>
}

/** What is asked of models; which of it one has depends on its kind. */
export interface AnyModel {
  predict(rows: unknown, options?: object): Promise<unknown>
  predictProba?(rows: unknown, options?: object): Promise<unknown>
  decisionFunction?(rows: unknown, options?: object): Promise<unknown>
  predictInterval?(rows: unknown, options?: object): Promise<readonly { lower: number; upper: number }[]>
  drift?(rows: unknown, options?: object): Promise<DriftReport>
  readonly schema?: Schema
  readonly report?: TabularReport
  readonly nFeaturesIn?: number
  readonly featureNamesIn?: readonly string[]
}

/** What a model predicts: one of these classes, or a number. */
export type Task =
  | {
      readonly name: 'classes'
      readonly classes: readonly Label[]
      /** Whether targets may be the numbers of classes, as those of networks are. False where names are numbers themselves. */
      readonly isNumbered?: boolean
    }
  | { readonly name: 'numbers' }

/** A model, and what it predicts. */
export interface Subject {
  readonly model: AnyModel
  /** The name of its class. */
  readonly kind: string
  readonly task: Task
  /** The schema of a table model. */
  readonly schema: Schema | undefined
  /** The number of inputs, where rows are arrays of a known length. */
  readonly inputs: number | undefined
}

/** @throws ArgumentError for a model that a report cannot describe; MlpError ERR_NOT_FITTED. */
export function subjectOf(model: unknown, names: readonly Label[] | undefined): Subject {
  if (model === null || typeof model !== 'object' || typeof (model as AnyModel).predict !== 'function') {
    throw invalid('the model', 'a fitted model with predict', model)
  }
  const any = model as AnyModel
  const kind = model.constructor.name
  if (model instanceof Sequential) return { ...networkOf(model, names), kind }
  if (names !== undefined) {
    throw new ArgumentError(`The option classes is for networks: this ${kind} knows the names of its classes.`)
  }
  const inner = innermost(model) as { classes?: readonly Label[] }
  const { schema } = any
  const task: Task = 'classes' in inner ? { name: 'classes', classes: inner.classes! } : { name: 'numbers' }
  return { model: any, kind, task, schema, inputs: schema ? undefined : any.nFeaturesIn }
}

function networkOf(model: Sequential, names: readonly Label[] | undefined): Omit<Subject, 'kind'> {
  const { layers } = model.toJSON()
  const last = layers.findLast((layer) => 'activation' in layer) as { activation?: { name: string } } | undefined
  const activation = last?.activation?.name ?? 'linear'
  const inputs = layers[0]!.inputShape![0]!
  const outputs = model.predictSync(new Float32Array(inputs)).length
  const subject = { model: model as unknown as AnyModel, schema: undefined, inputs }
  const count = activation === 'softmax' ? outputs : activation === 'sigmoid' && outputs === 1 ? 2 : 0
  if (count > 1) {
    if (names !== undefined && names.length !== count) throw mismatch('classes', `${count} names`, `${names.length}`)
    if (names) checkDifferent(names, 'classes')
    const classes = names ?? Array.from({ length: count }, (_, k) => k)
    const isNumbered = !classes.some((name) => typeof name === 'number')
    return { ...subject, task: { name: 'classes', classes, isNumbered } }
  }
  if (names !== undefined) {
    throw new ArgumentError('The option classes is for networks that end with softmax, or with one sigmoid unit.')
  }
  if (outputs !== 1) {
    throw mismatch('the network', 'one output, or outputs of softmax', `${outputs} outputs of ${activation}`)
  }
  return { ...subject, task: { name: 'numbers' } }
}
