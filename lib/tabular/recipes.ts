// How one network is built and trained. Recipes are fixed; what depends on a table depends on its rows, columns and classes.

import type { Task } from './task.js'

/** About the largest rate that was compared on held-out rows, of 26 classes. */
const mostRate = 0.01

interface AnyRecipe {
  /** Units of the hidden layers. */
  readonly hidden: readonly number[]
  /** The rate of dropout behind each of them. */
  readonly dropout: number
  /** The base rate, which the schedule multiplies; see rateOf. */
  readonly rate: { readonly classes: number; readonly numbers: number }
  /** Of classes, if accuracy or f1 is the metric. */
  readonly labelSmoothing: number
  readonly batchSize: number
  /** Batches are smaller where an epoch would have fewer than these; they have 16 rows or more. */
  readonly leastBatches: number
  /** Optimizer steps, and the range of epochs that they may take. */
  readonly steps: number
  readonly epochs: readonly [least: number, most: number]
}

/** Dense layers that read all places of a row: RealMLP-TD-S in small. */
export interface DenseRecipe extends AnyRecipe {
  readonly kind: 'dense'
}

/** Networks with members that share the hidden layers: TabM's mini version behind embeddings of numbers. */
export interface MembersRecipe extends AnyRecipe {
  readonly kind: 'members'
  readonly members: number
  readonly weightDecay: number
  /** Embeddings of numbers: their length; bins of piecewise linear ones, or the deviation of periodic ones' frequencies. */
  readonly embedding: { readonly width: number } & ({ readonly bins: number } | { readonly sigma: number })
}

/** RealMLP-TD: periodic embeddings, a scale of the inputs, parametric activations, a start from the data. */
export interface RealRecipe extends AnyRecipe {
  readonly kind: 'real'
  readonly activation: { readonly classes: 'selu' | 'mish'; readonly numbers: 'selu' | 'mish' }
  readonly weightDecay: number
  /** The deviation of the frequencies of embeddings of numbers. */
  readonly sigma: number
}

export type Recipe = DenseRecipe | MembersRecipe | RealRecipe

/** RealMLP in small; `fast` tries it with two rates of dropout for numbers. */
export const dense: DenseRecipe = {
  ...{ kind: 'dense', hidden: [128, 128], dropout: 0.15 },
  ...{ rate: { classes: 0.04, numbers: 0.1 }, labelSmoothing: 0.1 },
  ...{ batchSize: 256, leastBatches: 16, steps: 1500, epochs: [10, Number.POSITIVE_INFINITY] },
}

/** The same with more units, and with fewer: noisy tables of few rows like them, and they take hardly any time. */
export const wideDense: DenseRecipe = { ...dense, hidden: [256, 256], dropout: 0.3 }
export const smallDense: DenseRecipe = { ...dense, hidden: [128], dropout: 0 }

/** TabM mini with piecewise-linear embeddings, at a rate that falls to 0 in fewer epochs than a constant one needs. */
export const members: MembersRecipe = {
  ...{ kind: 'members', hidden: [256, 256], dropout: 0.15, members: 8, embedding: { width: 12, bins: 96 } },
  ...{ rate: { classes: 0.002, numbers: 0.003 }, weightDecay: 0.01, labelSmoothing: 0 },
  ...{ batchSize: 256, leastBatches: 64, steps: 1900, epochs: [12, 120] },
}

/** The same with more units and about twice the steps, which takes four times as long: the more rows there are, the more it gains. */
export const longMembers: MembersRecipe = { ...members, hidden: [384, 384], steps: 4000, epochs: [12, 200] }

/** Members with periodic embeddings, which suit tables whose classes change back and forth along a column. */
export const periodicMembers: MembersRecipe = { ...members, embedding: { width: 16, sigma: 0.3 }, dropout: 0.2 }

/** RealMLP-TD with half its epochs. */
export const real: RealRecipe = {
  ...{ kind: 'real', hidden: [256, 256, 256], dropout: 0.15, sigma: 0.1 },
  activation: { classes: 'selu', numbers: 'mish' },
  ...{ rate: { classes: 0.04, numbers: 0.2 }, weightDecay: 0.02, labelSmoothing: 0.1 },
  ...{ batchSize: 256, leastBatches: 16, steps: 6000, epochs: [16, 256] },
}

/**
 * The base rate of a network. Of networks with members, that of two classes is multiplied by log2(classes), the bits that a label
 * tells: with 26 classes, rates that suit two leave the network far from its best.
 */
export function rateOf({ kind, rate }: Recipe, { isClasses, outputs }: Pick<Task, 'isClasses' | 'outputs'>): number {
  if (!isClasses) return rate.numbers
  return kind === 'members' ? Math.min(rate.classes * Math.log2(Math.max(outputs, 2)), mostRate) : rate.classes
}
