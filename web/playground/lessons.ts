import type { Choice } from '../../lib/playground/messages.js'

/** A choice that shows something, and what to look at. */
export interface Lesson {
  readonly name: string
  readonly choice: Partial<Choice>
  readonly text: string
}

const xor = { data: 'xor', noise: 0, optimizer: 'adam', learningRate: 0.03, batchSize: 4, epochsPerFrame: 3 } as const

export const lessons: readonly Lesson[] = [
  {
    name: 'XOR needs hidden units',
    choice: { ...xor, units: [], activation: 'tanh', start: 'glorotUniform' },
    text: 'Without a hidden layer the network is one straight line, and no line separates these corners: the loss stays at ln 2 = 0.693. Add a hidden layer with +.',
  },
  {
    name: 'Starting at zeros',
    choice: { ...xor, units: [8], activation: 'tanh', start: 'zeros' },
    text: 'All units are equal, get equal gradients, and stay equal; at 0 they get none at all. The loss stays at 0.693 for ever. Choose "all 1": they learn, but all eight as one. Random weights make each unit different from the first step on.',
  },
  {
    name: 'Vanishing gradients',
    choice: {
      data: 'digits',
      noise: 0,
      units: Array(8).fill(16),
      activation: 'sigmoid',
      start: 'glorotUniform',
      optimizer: 'sgd',
      learningRate: 0.1,
      batchSize: 16,
      epochsPerFrame: 1,
    },
    text: "Sigmoid's slope is at most 1/4, so each layer shrinks the gradient on its way back: the first layers hardly change, and every digit gets the same answer. Choose relu with He's start: the gradients keep their size, and the network learns.",
  },
  {
    name: 'Too high a rate',
    choice: {
      data: 'moons',
      noise: 0.15,
      units: [8],
      activation: 'tanh',
      start: 'glorotUniform',
      optimizer: 'sgd',
      learningRate: 3,
      batchSize: 16,
      epochsPerFrame: 1,
    },
    text: 'Steps are so long that they jump over the valley: the loss leaps about. Choose 0.3, then 0.01, and see how slow safe can be.',
  },
  {
    name: 'Spirals',
    choice: {
      data: 'spirals',
      noise: 0.1,
      units: [12, 12],
      activation: 'tanh',
      start: 'glorotUniform',
      optimizer: 'adam',
      learningRate: 0.01,
      batchSize: 16,
      epochsPerFrame: 1,
    },
    text: 'Units of the first layer are straight edges; those of the second join them to curved ones.',
  },
]
