// The time of toOnnx for a network of 10 M weights, and the longest turn of the event loop meanwhile, in milliseconds. In bench/turns.mjs
// millions of strings are alive, so that collections of garbage are most of a turn there.
// node bench/export.mjs
const { layers, Sequential } = await import('../dist/index.js')
const { toOnnx } = await import('../dist/interchange.js')

const network = (inputs, units) =>
  new Sequential({ layers: [layers.dense({ units, activation: 'relu', inputShape: [inputs] })], seed: 1 })

/** The whole time of work and its longest turn. */
async function measure(work) {
  let [longest, running, last] = [0, true, performance.now()]
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  const start = performance.now()
  const { length } = await work()
  running = false
  turn()
  return `${(performance.now() - start).toFixed(0)} ms, longest turn ${longest.toFixed(1)} ms, ${length} bytes`
}

// The first export loads the code that writes files.
await toOnnx(network(1, 1))
for (let round = 0; round < 5; round++) {
  const model = network(2500, 4000)
  console.log(`whose weights are made first: ${await measure(() => toOnnx(model))}`)
  console.log(`again:                        ${await measure(() => toOnnx(model))}`)
  model.dispose()
}
