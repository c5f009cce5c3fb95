import { datasets } from 'perceptra'

/** A data set with a network and training options for it. */
export interface Preset {
  /** A description of the task. */
  title: string
  load(where: { dir: string | undefined; signal: AbortSignal }): Promise<datasets.ImageDataset>
  hidden: readonly number[]
  epochs: number
  batchSize: number
  /** Adam's rate at the first step; it falls linearly to 0 at the last step. */
  learningRate: number
}

export const dataNames = ['digits', 'mnist', 'fashion-mnist'] as const
export type DataName = (typeof dataNames)[number]

const large = { hidden: [512, 512], epochs: 5, batchSize: 128, learningRate: 2e-3 }

export const presets: Record<DataName, Preset> = {
  digits: {
    title: 'handwritten digits',
    load: async () => datasets.digits(),
    hidden: [128],
    epochs: 20,
    batchSize: 16,
    learningRate: 4e-3,
  },
  mnist: { title: 'handwritten digits (MNIST)', load: (where) => datasets.mnist(where), ...large },
  'fashion-mnist': {
    title: 'pictures of clothing (Fashion-MNIST)',
    load: (where) => datasets.fashionMnist(where),
    ...large,
  },
}
