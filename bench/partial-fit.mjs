// Cost of a call of partialFit as calls add up: node --expose-gc bench/partial-fit.mjs [--calls 60000]
// Prints, for each estimator, microseconds a call in the second (the first warms up) and the last thousand calls, and the heap after each.
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { calls: { type: 'string', default: '60000' } } })
const calls = Number(values.calls)
if (!Number.isInteger(calls) || calls < 4000)
  throw new Error(`--calls takes a whole number from 4000 on, not ${values.calls}`)
const entry = pathToFileURL(fileURLToPath(new URL('../dist/index.js', import.meta.url))).href
const { MLPRegressor, SGDRegressor } = await import(entry)

const x = Array.from({ length: 8 }, (_, i) => [Math.sin(i), Math.cos(i)])
const y = x.map(([a, b]) => a - b)
const estimators = {
  SGDRegressor: new SGDRegressor({ seed: 1 }),
  MLPRegressor: new MLPRegressor({ hiddenLayerSizes: [4], seed: 1 }),
}

/** Microseconds a call, and the heap afterwards in MB. */
async function thousand(estimator) {
  const start = performance.now()
  for (let i = 0; i < 1000; i++) await estimator.partialFit(x, y)
  const micros = performance.now() - start
  globalThis.gc?.()
  return { micros, heap: process.memoryUsage().heapUsed / 2 ** 20 }
}

for (const [name, estimator] of Object.entries(estimators)) {
  await thousand(estimator) // warms up
  const first = await thousand(estimator)
  for (let i = 0; i < calls - 3000; i++) await estimator.partialFit(x, y)
  const last = await thousand(estimator)
  console.log(
    `${name}: ${first.micros.toFixed(1)} us a call in the second thousand calls, ${last.micros.toFixed(1)} in the last of ${calls}: ` +
      `x ${(last.micros / first.micros).toFixed(2)}; heap ${first.heap.toFixed(1)} and ${last.heap.toFixed(1)} MB; ` +
      `lossCurve has ${estimator.lossCurve.length} entries`,
  )
}
