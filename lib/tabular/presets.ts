/** How a preset trains. */
export interface Preset {
  readonly hidden: readonly number[]
  /** Rates that are tried one after the other; the one with the best score on the held-out rows is kept. */
  readonly dropout: { readonly classes: readonly number[]; readonly numbers: readonly number[] }
  readonly epochs: number
  readonly batchSize: number
  /** The base rate, which coslog4 multiplies. */
  readonly rate: { readonly classes: number; readonly numbers: number }
  /** For classes, unless log loss or the AUC is the metric. */
  readonly labelSmoothing: number
  /** Bins of a column of numbers. */
  readonly bins: number
}

/** The name of a preset: how much training is spent. */
export type PresetName = 'fast'

/** The presets by name. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  fast: {
    ...{ hidden: [128, 128], dropout: { classes: [0.15], numbers: [0, 0.15] } },
    ...{ epochs: 10, batchSize: 256, bins: 32 },
    ...{ rate: { classes: 0.04, numbers: 0.1 }, labelSmoothing: 0.1 },
  },
}

/** At least so many optimizer steps: small tables get more epochs. */
export const leastSteps = 1500
