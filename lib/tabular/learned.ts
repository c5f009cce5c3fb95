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

/**
 * How the labels of a classifier are chosen where its metric is f1 or balancedAccuracy: the class with the largest product of probability
 * and factor. Scores are the metric on held-out rows.
 */
export interface LabelChoice {
  /** By class name, the largest 1; undefined where the most probable class is as good. */
  readonly factors: Readonly<Record<string, number>> | undefined
  /** Of the most probable classes. */
  readonly plain: number
  /** With factors, each half of the rows with those that the other half chose; null where there are too few rows to compare. */
  readonly crossed: number | null
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
  /** Of classes, with the metric f1 or balancedAccuracy: how labels are chosen. */
  readonly labels?: LabelChoice
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
