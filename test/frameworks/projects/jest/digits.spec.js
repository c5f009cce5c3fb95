const { program } = require('../program.cjs')

test('trains, predicts and saves', async () => {
  // Two versions of Jest run this in one folder at a time.
  expect(await program(`jest-${process.pid}.safetensors`)).toBe('trained, predicted, saved')
})

test('values are of the classes that a test knows', () => {
  const { Matrix, MlpError, layers } = require('perceptra')
  expect(new Matrix(new Float32Array(2), 1, 2)).toBeInstanceOf(Matrix)
  expect(() => layers.dense({ units: 0 })).toThrow(MlpError)
})
