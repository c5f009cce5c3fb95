// The time of toOnnx and fromOnnx for a network of 10 M weights, and the longest turn of the event loop meanwhile, in milliseconds. In bench/turns.mjs
// millions of strings are alive, so that collections of garbage are most of a turn there.
// node bench/export.mjs
const { layers, Sequential } = await import('../dist/index.js')
const { fromOnnx, toOnnx } = await import('../dist/interchange.js')

const network = (inputs, units) =>
  new Sequential({ layers: [layers.dense({ units, activation: 'relu', inputShape: [inputs] })], seed: 1 })

/** Prints the whole time of work and its longest turn. */
async function measure(name, work) {
  let [longest, running, last] = [0, true, performance.now()]
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  const start = performance.now()
  const result = await work()
  running = false
  turn()
  console.log(`${name} ${(performance.now() - start).toFixed(0)} ms, longest turn ${longest.toFixed(1)} ms`)
  return result
}

// The first time loads the code that writes and reads files.
await fromOnnx(await toOnnx(network(1, 1)))
for (let round = 0; round < 5; round++) {
  const model = network(2500, 4000)
  await measure('out, whose weights are made first:', () => toOnnx(model))
  const bytes = await measure('out again:', () => toOnnx(model))
  model.dispose()
  const again = await measure('in:', () => fromOnnx(bytes))
  again.dispose()
}
