// A peer is opened once: { version, session(case) }. Its sessions all have
//   train(steps)     about so many optimizer steps (fractions where it learns row by row); returns how many it took
//   leastSteps       the least it can take, 1 if not said
//   predict(row)     the outputs for one row, as a new array
//   setWeights(t)    kernels (in, out) and biases in turn; missing where it does other work than we, and is not checked
//   enter()          optional and not timed: before a stretch of calls
//   dispose()

export const ours = 'perceptra'

const peers = {
  [ours]: async () => (await import('./perceptra.mjs')).open(),
  'typed arrays': async () => (await import('./typed-array.mjs')).open(),
  'brain.js': async () => (await import('./brain.mjs')).open(),
  'tfjs wasm': async () => (await import('./tfjs.mjs')).open('wasm'),
  'tfjs cpu': async () => (await import('./tfjs.mjs')).open('cpu'),
}

export const peerNames = Object.keys(peers).filter((name) => name !== ours)

/** Opens ourselves, which must work, and those of `names` that can be had. */
export async function openPeers(names) {
  const opened = { [ours]: await peers[ours]() }
  const missing = {}
  for (const name of names) {
    try {
      opened[name] = await peers[name]()
    } catch (error) {
      missing[name] = error.message.split('\n')[0]
    }
  }
  return { opened, missing }
}
