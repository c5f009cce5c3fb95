// onnxruntime-node predicts with the network that toOnnx writes; it cannot train.
import { performance } from 'node:perf_hooks'
import { rowsOf } from '../cases.mjs'
import { makeModel } from './perceptra.mjs'

export async function open({ cores }) {
  const { default: ort } = await import('onnxruntime-node')
  const perceptra = await import('../../dist/index.js')
  const { toOnnx } = await import('../../dist/interchange.js')
  return {
    version: ort.env.versions.node,
    async session(spec) {
      const model = makeModel(perceptra, spec)
      const file = await toOnnx(model)
      model.dispose()
      const byThreads = new Map()
      for (const threads of new Set([1, cores])) {
        const options = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential' }
        byThreads.set(threads, await ort.InferenceSession.create(file, options))
      }
      return session(ort, spec, byThreads)
    },
  }
}

function session({ Tensor }, spec, byThreads) {
  const rows = rowsOf(spec, 64)
  let chosen = byThreads.get(1)
  const [input] = chosen.inputNames
  const output = chosen.outputNames.at(-1)
  const predict = async (row) => {
    const results = await chosen.run({ [input]: new Tensor('float32', row, [1, row.length]) })
    return results[output].data
  }
  const predictRows = async (count) => {
    const begin = performance.now()
    for (let i = 0; i < count; i++) await predict(rows[i % rows.length])
    return { done: count, elapsed: performance.now() - begin }
  }
  return {
    predict,
    predictRows,
    /** The faster number of threads. */
    async tune() {
      const times = new Map()
      for (const [threads, candidate] of byThreads) {
        chosen = candidate
        await predictRows(100)
        times.set(threads, (await predictRows(100)).elapsed)
      }
      const threads = [...times].reduce((best, entry) => (entry[1] < best[1] ? entry : best))[0]
      chosen = byThreads.get(threads)
      return { threads }
    },
    async dispose() {
      for (const candidate of byThreads.values()) await candidate.release()
    },
  }
}
