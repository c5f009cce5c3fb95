import {
  dense,
  longMembers,
  type MembersRecipe,
  members,
  periodicMembers,
  type Recipe,
  real,
  smallDense,
  wideDense,
} from './recipes.js'

/** The name of a preset: how much training is spent. */
export type PresetName = 'fast' | 'balanced' | 'best'

/** What a preset trains. */
export interface Preset {
  /** Recipes, the best one first. */
  readonly recipes: { readonly classes: readonly Recipe[]; readonly numbers: readonly Recipe[] }
  /** How many of them are trained on each split before others begin; all, if undefined. */
  readonly core?: number
  /** Folds that few rows and many rows are dealt into (see foldsFor), and how many of them are held out, each from a network of its own. */
  readonly folds: readonly [few: number, many: number]
  readonly splits: number
  /** What becomes of several recipes: the best on the held-out rows is kept, or several are weighted by greedy selection. */
  readonly choice: 'one' | 'greedy'
  /** Bins of a column of numbers, beside the number; 0 for networks that have embeddings. */
  readonly bins: number
}

/** Bins of the first recipe for numbers; 96 were better for classes on held-out rows, and were not compared for numbers. */
const numbersBins = 48

/** The first recipe is TabM's kind, with bins for the task; the others are the same for every task. */
const withMembers = (first: MembersRecipe, others: readonly Recipe[]) => ({
  classes: [first, ...others],
  numbers: [{ ...first, embedding: { width: 12, bins: numbersBins } }, ...others],
})

/** What gains most beside `members`: on rows of phoneme and abalone that were held out from their training rows more than longer training. */
const others: readonly Recipe[] = [real, dense, wideDense, smallDense]

/**
 * A portfolio that was fixed beforehand: TabM's and RealMLP's kinds, with other widths, embeddings, rates and dropout, those that gain
 * most for their time first; `longMembers` are the first of all.
 */
const portfolio: readonly Recipe[] = [
  ...others,
  { ...real, hidden: [384, 384], sigma: 0.5, dropout: 0.05, rate: { classes: 0.02, numbers: 0.1 } },
  { ...members, hidden: [512], embedding: { width: 16, bins: 96 }, dropout: 0.25, weightDecay: 0.03 },
  periodicMembers,
  { ...periodicMembers, hidden: [384, 384], embedding: { width: 16, sigma: 0.1 }, dropout: 0.15 },
  { ...members, hidden: [256, 256, 256], embedding: { width: 8, bins: 24 }, rate: { classes: 0.001, numbers: 0.002 } },
  { ...real, hidden: [512], sigma: 0.2, dropout: 0.1, activation: { classes: 'mish', numbers: 'mish' } },
  { ...members, hidden: [256, 256], embedding: { width: 24, sigma: 0.3 }, dropout: 0 },
  { ...real, hidden: [128, 128, 128, 128], sigma: 1, labelSmoothing: 0 },
  { ...members, hidden: [384, 384], members: 16, dropout: 0.2, embedding: { width: 12, bins: 16 } },
  { ...real, hidden: [384, 384, 384], sigma: 0.1, dropout: 0.4, weightDecay: 0.1 },
]

/** The presets by name. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  fast: {
    recipes: { classes: [dense], numbers: [{ ...dense, dropout: 0 }, dense] },
    ...{ folds: [5, 10], splits: 1, choice: 'one', bins: 32 },
  },
  balanced: {
    recipes: withMembers(members, others),
    ...{ folds: [5, 10], splits: 1, choice: 'greedy', bins: 0 },
  },
  best: {
    recipes: withMembers(longMembers, portfolio),
    // With as much time, several recipes on few splits are better than one or two on all.
    core: 1 + others.length,
    ...{ folds: [6, 6], splits: 6, choice: 'greedy', bins: 0 },
  },
}

/** From so many rows on, a tenth of them is enough to choose by; the others are worth more to train with. */
const manyRows = 4000

/** How many folds a table is dealt into. */
export function foldsFor({ folds: [few, many] }: Preset, rows: number): number {
  return rows < manyRows ? few : many
}
