// Why weights start at random: equal units stay equal. node --import tsx examples/symmetry.ts
import { layers, type Matrix, optimizers, Sequential } from 'perceptra'
import { isMain } from './is-main.js'
import { judge, type XorResult, xor } from './xor.js'

export type Start = 'zeros' | 'ones' | 'glorotUniform'

export interface SymmetryResult extends XorResult {
  /** One row per hidden unit: its input weights, its bias, and its output weight. */
  units: number[][]
  /** The largest difference between a weight of one unit and the same weight of another; 0 if all units are equal. */
  spread: number
}

/** Trains eight hidden units on XOR, with one initializer for all kernels. */
export async function learnFrom({ start, seed }: { start: Start; seed: number }): Promise<SymmetryResult> {
  using model = new Sequential({
    layers: [
      layers.dense({ units: 8, activation: 'tanh', kernelInitializer: start, inputShape: [2] }),
      layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: start }),
    ],
    seed,
  })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy' })
  await model.fit(xor.x, xor.y, { epochs: 500, batchSize: 4 })
  const units = hiddenUnits(model.getWeights())
  return { ...(await judge(model)), units, spread: spreadOf(units) }
}

function hiddenUnits(weights: readonly Matrix[]): number[][] {
  const [kernel, bias, kernelOut] = weights.map((tensor) => tensor.toArray())
  return bias![0]!.map((value, unit) => [...kernel!.map((row) => row[unit]!), value, ...kernelOut![unit]!])
}

function spreadOf(units: readonly number[][]): number {
  const spreads = units[0]!.map((_, weight) => {
    const values = units.map((unit) => unit[weight]!)
    return Math.max(...values) - Math.min(...values)
  })
  return Math.max(...spreads)
}

function print(title: string, { loss, right, units, spread }: SymmetryResult): void {
  console.log(`${title}: loss ${loss.toFixed(4)}, ${right} of 4 right`)
  console.log('   unit |  from a   from b     bias   to the output')
  for (const [i, unit] of units.entries()) {
    console.log(`   ${`${i + 1}`.padStart(4)} |${unit.map((weight) => weight.toFixed(3).padStart(8)).join(' ')}`)
  }
  console.log(`   largest difference between units: ${spread.toFixed(3)}\n`)
}

const why = `Units that start equal get the same inputs, compute the same outputs and receive the same gradients; so they take the
same steps and stay equal in any number of epochs. Weights of 0 are worse: the hidden units output 0, so the weights
out of them get no gradient, and no gradient passes back through weights of 0. Nothing changes, and the loss stays at ln 2.
Weights of 1 do change, but eight equal units are as good as one unit, and one cannot learn XOR.
Random weights make each unit different from the first step on (Rumelhart, Hinton and Williams 1986).`

if (isMain(import.meta.url)) {
  print('Started at zeros', await learnFrom({ start: 'zeros', seed: 1 }))
  print('Started at ones', await learnFrom({ start: 'ones', seed: 1 }))
  print('Started at random', await learnFrom({ start: 'glorotUniform', seed: 1 }))
  console.log(why)
}
