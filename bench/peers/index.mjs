// A peer is opened once: { version, session(case), close() if it must be closed }. It has one session at a
// time; sessions have
//   train(steps)     missing if the peer only predicts; about this many optimizer steps (fractions for row-by-row learning); returns the number of steps, or
//                    { done, elapsed } with the milliseconds if it runs in another process
//   leastSteps       the smallest possible number of steps, default 1
//   predict(row)     the outputs for one row, as a new array or a promise of one
//   predictRows(n)   in another process: predicts the first 64 rows cyclically, n in all; returns { done, elapsed }
//   setWeights(t)    kernels (in, out) and biases, alternating; missing if the peer does different work and is not checked
//   tune(what)       optional, before timing 'train' or 'predict': finds its fastest setting; returns a note about it
//   enter()          optional, not timed: before a series of calls
//   dispose()

import { availableParallelism } from 'node:os'

export const ours = 'perceptra'

const peers = {
  [ours]: async () => (await import('./perceptra.mjs')).open(),
  'perceptra bfloat16': async () => (await import('./perceptra.mjs')).open({ precision: 'bfloat16' }),
  'perceptra float32-fast': async () => (await import('./perceptra.mjs')).open({ precision: 'float32-fast' }),
  PyTorch: async (options) => (await import('./python.mjs')).openPython('pytorch', options),
  'PyTorch compiled': async (options) => (await import('./python.mjs')).openPython('pytorch_compiled', options),
  'PyTorch medium': async (options) => (await import('./python.mjs')).openPython('pytorch_medium', options),
  'PyTorch bfloat16': async (options) => (await import('./python.mjs')).openPython('pytorch_bfloat16', options),
  'scikit-learn': async (options) => (await import('./python.mjs')).openPython('scikit_learn', options),
  'ONNX Runtime': async (options) => (await import('./onnxruntime.mjs')).open(options),
  'typed arrays': async () => (await import('./typed-array.mjs')).open(),
  'brain.js': async () => (await import('./brain.mjs')).open(),
  'tfjs wasm': async () => (await import('./tfjs.mjs')).open('wasm'),
  'tfjs cpu': async () => (await import('./tfjs.mjs')).open('cpu'),
}

export const peerNames = Object.keys(peers).filter((name) => name !== ours)

/** Opens perceptra, which must work, and the peers of `names` that are available; `python` runs those that need one. */
export async function openPeers(names, { python = 'python3', cores = availableParallelism() } = {}) {
  const opened = { [ours]: await peers[ours]() }
  const missing = {}
  for (const name of names) {
    try {
      opened[name] = await peers[name]({ python, cores })
    } catch (error) {
      missing[name] = error.message.split('\n')[0]
    }
  }
  return { opened, missing }
}
