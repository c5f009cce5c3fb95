import { Real, TypedArrayMlp } from './typed-array-mlp.mjs'

export function open() {
  return { version: 'bench/peers/typed-array-mlp.mjs', session }
}

function session({ net, optimizer, rate, rows, x, y }) {
  const model = new TypedArrayMlp({ ...net, optimizer, rate })
  // Converted once, before timing: the loops then read numbers in the type they compute with.
  const data = Real.from(x)
  let at = 0
  return {
    train(amount) {
      const steps = Math.ceil(amount)
      model.train(data, y, rows, at, steps)
      at += steps
      return steps
    },
    predict: (row) => model.predict(row),
    setWeights: (tensors) => model.setWeights(tensors),
    dispose() {},
  }
}
