import { describe, it } from 'vitest'
import { type Callback, type CompileOptions, type FitOptions, layers } from '../../../lib/index.js'
import { compileOptionKeys } from '../../../lib/spec/compile.js'
import { modelOptionKeys } from '../../../lib/spec/model.js'
import { fitOptionKeys } from '../../../lib/training/fit-options.js'
import { Group } from '../../../lib/training/group/group.js'
import { classes, x } from './data.js'
import { expectEffect, hidden, last, type Pair } from './effect.js'

const ofMembers = [hidden, layers.memberScale(), last]

describe('fit', () => {
  const aborted = AbortSignal.abort()
  const weights = classes.map((_, row) => (row % 2) + 1)
  const callback: Callback = { onTrainBegin: ({ stop }) => stop('stopTraining') }
  const closed = new Group({ rank: 0, size: 1, timeoutMs: 1, native: undefined })
  void closed.close()
  const pairs: Record<keyof FitOptions, Pair> = {
    epochs: [2, 3],
    batchSize: [5, 6],
    validationSplit: [0, 0.25],
    validationData: [undefined, [x, classes]],
    sampleWeight: [undefined, weights],
    classWeight: [undefined, { 0: 1, 1: 3 }],
    shuffle: [true, false],
    shareBatches: [false, true],
    initialEpoch: [0, 1],
    threads: [1, 257], // rejected; the tests of the core show that threads are used
    verbose: [0, 2],
    signal: [undefined, aborted],
    timeLimit: [Infinity, 1e-9],
    layerStatistics: [false, true],
    callbacks: [[], [callback]],
    group: [undefined, closed], // rejected
  }
  it.each(fitOptionKeys)('option %s has an effect', async (option) => {
    const network = option === 'shareBatches' ? { layers: ofMembers, members: 3 } : {}
    await expectEffect(pairs[option as keyof FitOptions], (value) => ({ ...network, fit: { [option]: value } }))
  })
})

describe('compile', () => {
  const pairs: Record<keyof CompileOptions, Pair> = {
    optimizer: ['sgd', 'adam'],
    loss: ['sparseCategoricalCrossentropy', 'meanSquaredError'], // rejected: the targets are class numbers
    metrics: [[], ['accuracy']],
    precision: ['float32', 'bfloat16'], // rejected where the CPU cannot
    dropoutSchedule: [
      { name: 'constant', value: 1 },
      { name: 'constant', value: 0.5 },
    ],
    weightDecaySchedule: [
      { name: 'constant', value: 1 },
      { name: 'constant', value: 0.5 },
    ],
  }
  it.each(compileOptionKeys)('option %s has an effect', async (option) => {
    const ofSchedules = {
      layers: [hidden, layers.dropout({ rate: 0.5 }), last],
      compile: { optimizer: { name: 'adam', weightDecay: 0.1 } } as const,
    }
    const setting: Partial<typeof ofSchedules> = option.endsWith('Schedule') ? ofSchedules : {}
    await expectEffect(pairs[option as keyof CompileOptions], (value) => ({
      ...setting,
      compile: { ...setting.compile, [option]: value },
    }))
  })
})

describe('Sequential', () => {
  const pairs: Record<string, Pair> = {
    layers: [[hidden, last], [layers.dense({ units: 2, activation: 'softmax', inputShape: [4] })]],
    seed: [1, 2],
    name: ['one', 'two'],
    members: [3, 2],
  }
  it.each(modelOptionKeys)('option %s has an effect', async (option) => {
    const network = option === 'members' ? { layers: ofMembers } : {}
    await expectEffect(pairs[option], (value) => ({ ...network, [option]: value }))
  })
})
