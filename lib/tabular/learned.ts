import type { Matrix } from '../base/matrix.js'
import type { Distillation } from './distill.js'
import type { Encoder } from './encoder.js'
import type { Ensemble } from './ensemble.js'
import type { Plan } from './plan.js'
import type { PresetName } from './presets.js'
import type { Schema } from './schema.js'
import type { TargetForm } from './target-form.js'

/** Why training ended: all epochs were done, the time limit, or `stopTraining`. */
export type TabularStopReason = 'completed' | 'timeLimit' | 'stopTraining'

/**
 * The form in which numbers were learned, and the metric of a small network on held-out rows with each form that was compared. One
 * whose loss was not finite has no score; where that is the standard form, any other that has one is taken.
 */
export interface TargetChoice {
  readonly form: TargetForm
  readonly scores: Readonly<Partial<Record<TargetForm, number>>>
}

/** How training went. */
export interface FitRecord {
  readonly preset: PresetName
  readonly metric: string
  /** Rows that were trained with, and rows that were held out. */
  readonly rows: number
  readonly validationRows: number
  /** Networks of the ensemble, and the recipes that they are of. */
  readonly networks: number
  readonly recipes: number
  /**
   * Whole epochs of all networks that were trained, and the epoch whose weights the model has, counted from 0; null if there was none,
   * or several networks.
   */
  readonly epochs: number
  readonly bestEpoch: number | null
  /** The metric of the ensemble on the held-out rows; null without a whole epoch, or for auc where they lack a class. */
  readonly score: number | null
  readonly stopReason: TabularStopReason
  readonly seconds: number
  /** Of numbers: how the target was learned. */
  readonly target?: TargetChoice
}

/** What training leaves in a table model. It is replaced as a whole. */
export interface TabularLearned<T> {
  readonly schema: Schema<object>
  readonly plan: Plan
  readonly encoder: Encoder
  readonly ensemble: Ensemble
  /** Encoded rows of fit, which explanations compare with; none in models of the first files. */
  readonly background: Matrix
  /** How near a distilled model is to its teacher. */
  readonly distillation?: Distillation
  readonly targets: T
  readonly record: FitRecord
}
