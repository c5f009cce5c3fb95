// Ends its process while it trains a net large enough that OpenBLAS multiplies: exit code 7, at once.
import { layers, Matrix, Sequential } from 'perceptra'

const rows = 128
const dense = (units, more) => layers.dense({ units, activation: 'relu', ...more })
const model = new Sequential({ layers: [dense(768, { inputShape: [768] }), dense(768), dense(1)], seed: 1 })
model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
const x = new Matrix(new Float32Array(rows * 768).fill(0.5), rows, 768)

const callbacks = [
  {
    onEpochEnd() {
      console.log('training')
      // At a random moment in the next epochs.
      setTimeout(() => process.exit(7), Math.random() * 200)
    },
  },
]
await model.fit(x, new Float32Array(rows), { epochs: 1_000_000, callbacks })
