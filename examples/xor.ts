// XOR: one unit cannot learn it, a hidden layer can. node --import tsx examples/xor.ts
import { layers, optimizers, Sequential } from 'perceptra'
import { isMain } from './is-main.js'

/** Exclusive or: one or the other, but not both. */
export const xor = {
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [0, 1, 1, 0],
}

export interface XorResult {
  loss: number
  /** The predictions for the four rows, from 0 to 1. */
  outputs: number[]
  /** The number of the four predictions that are on the right side of 1/2. */
  right: number
}

/** Trains a network with `hidden` units (0: a single unit) on the four rows of XOR. */
export async function learnXor({ hidden, seed }: { hidden: number; seed: number }): Promise<XorResult> {
  const inputShape = [2] as const
  const unit = { units: 1, activation: 'sigmoid' } as const
  using model = new Sequential({
    layers:
      hidden === 0
        ? [layers.dense({ ...unit, inputShape })]
        : [layers.dense({ units: hidden, activation: 'tanh', inputShape }), layers.dense(unit)],
    seed,
  })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy' })
  await model.fit(xor.x, xor.y, { epochs: 500, batchSize: 4 })
  return await judge(model)
}

/** The loss and the predictions of a network on XOR. */
export async function judge(model: Sequential): Promise<XorResult> {
  const { loss } = await model.evaluate(xor.x, xor.y)
  const outputs = Array.from((await model.predict(xor.x)).data)
  return { loss, outputs, right: outputs.filter((output, i) => output > 0.5 === (xor.y[i] === 1)).length }
}

function print(title: string, { loss, outputs, right }: XorResult): void {
  console.log(`${title}: loss ${loss.toFixed(4)}, ${right} of 4 right`)
  console.log('   a  b | a xor b | network')
  for (const [i, [a, b]] of xor.x.entries())
    console.log(`   ${a}  ${b} |    ${xor.y[i]}    |  ${outputs[i]!.toFixed(3)}`)
  console.log()
}

const why = `A unit weighs its inputs and sets a threshold: it cuts the plane in two along a straight line. No line has
(0,1) and (1,0) on one side and (0,0) and (1,1) on the other: XOR is not linearly separable (Minsky and Papert,
"Perceptrons", 1969). The best that such a unit can do is to output 1/2 for every row, at a loss of ln 2 = 0.6931.
Each hidden unit cuts the plane along another line, and the output unit separates the outputs of the hidden units.`

if (isMain(import.meta.url)) {
  print('A single unit', await learnXor({ hidden: 0, seed: 1 }))
  print('With 8 hidden units', await learnXor({ hidden: 8, seed: 1 }))
  console.log(why)
}
