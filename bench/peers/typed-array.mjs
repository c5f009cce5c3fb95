import { Real, TypedArrayMlp } from './typed-array-mlp.mjs'

export function open() {
  return { version: 'bench/peers/typed-array-mlp.mjs', session }
}

function session({ net, optimizer, rate, rows, x, y }) {
  const model = new TypedArrayMlp({ ...net, optimizer, rate })
  // Converted once, ahead of time: its loops then read numbers as they compute with them.
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
