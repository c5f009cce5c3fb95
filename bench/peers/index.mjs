// A peer is opened once: { version, session(case), close() where it must be ended }. Its sessions, of which it has one at a
// time, all have
//   train(steps)     about so many optimizer steps (fractions where it learns row by row); returns how many it took, or
//                    { done, elapsed } where it works in another process and takes the milliseconds there
//   leastSteps       the least it can take, 1 if not said
//   predict(row)     the outputs for one row, as a new array, or a promise of it where there is
//   predictRows(n)   in another process: predicts the first 64 rows in turn, n in all; returns { done, elapsed }
//   setWeights(t)    kernels (in, out) and biases in turn; missing where it does other work than we, and is not checked
//   tune(what)       optional, before it is timed in 'train' or 'predict': finds its fastest setting; returns what to note
//   enter()          optional and not timed: before a stretch of calls
//   dispose()

import { availableParallelism } from 'node:os'

export const ours = 'perceptra'

const peers = {
  [ours]: async () => (await import('./perceptra.mjs')).open(),
  PyTorch: async (options) => (await import('./python.mjs')).openPython('pytorch', options),
  'scikit-learn': async (options) => (await import('./python.mjs')).openPython('scikit_learn', options),
  'typed arrays': async () => (await import('./typed-array.mjs')).open(),
  'brain.js': async () => (await import('./brain.mjs')).open(),
  'tfjs wasm': async () => (await import('./tfjs.mjs')).open('wasm'),
  'tfjs cpu': async () => (await import('./tfjs.mjs')).open('cpu'),
}

export const peerNames = Object.keys(peers).filter((name) => name !== ours)

/** Opens ourselves, which must work, and those of `names` that can be had; `python` runs those that need one. */
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
