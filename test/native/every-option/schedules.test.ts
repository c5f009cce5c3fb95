import { describe } from 'vitest'
import { scheduleChoices } from '../../../lib/spec/schedule.js'
import { type Table, testParameters } from './effect.js'

describe('schedules', () => {
  const base = { initial: 0.1, steps: 5 }
  const always = { initial: [0.1, 0.2], steps: [5, 4] } as const
  const decay = {
    base: { ...base, decayRate: 0.5 },
    ...always,
    decayRate: [0.5, 0.9],
    staircase: [false, true],
  } as const
  const final = [0, 0.05] as const
  testParameters(
    'schedule',
    scheduleChoices,
    {
      constant: { value: [0.1, 0.2] },
      exponentialDecay: decay,
      inverseTime: decay,
      polynomial: { base, ...always, final, power: [1, 2], cycle: [false, true] },
      piecewise: {
        base: { boundaries: [2], values: [0.1, 0.2] },
        boundaries: [[2], [3]],
        values: [
          [0.1, 0.2],
          [0.1, 0.3],
        ],
      },
      cosine: { base: { ...base, warmupSteps: 2 }, ...always, final, warmupSteps: [2, 3], warmupInitial: [0, 0.1] },
      cosineRestarts: { base, ...always, final, tMul: [2, 1], mMul: [1, 0.5] },
      oneCycle: {
        base: { maximum: 0.5, steps: 10 },
        maximum: [0.5, 0.4],
        steps: [10, 8],
        startShare: [0.3, 0.5],
        divFactor: [25, 2],
        finalDivFactor: [1e4, 2],
        anneal: ['cosine', 'linear'],
      },
      // Of two values the first and the last are equal to those of 9 steps or do not matter: 4 end before the fit does.
      flatCosine: { ...always, base: { initial: 0.1, steps: 9 }, steps: [9, 4] },
      coslog4: { ...always, base: { initial: 0.1, steps: 9 }, steps: [9, 8] },
    } as unknown as Table,
    (name, parameters) => ({ compile: { optimizer: { name: 'sgd', learningRate: { name, ...parameters } } as never } }),
  )
})
