// Peak memory: each figure comes from its own process.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeCase, makeNet } from '../cases.mjs'
import { openPeers } from '../peers/index.mjs'

const script = fileURLToPath(new URL('memory-run.mjs', import.meta.url))

export const memoryNet = makeNet({ sizes: [784, 128, 10], batch: 128, hidden: 'relu' })
export const memoryRows = 60_000

const runs = {
  nothing: 'Node alone',
  import: 'with perceptra imported',
  floats: 'with the data as Float32Array (188 MB)',
  fit: 'and an epoch of fit',
  bytes: 'the same from a Uint8Array (47 MB)',
}

export async function measureMemory(options) {
  const results = []
  for (const [run, what] of Object.entries(runs)) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, run])
    results.push({ what, peakMB: Number(stdout) })
  }
  const what = 'PyTorch, an epoch from float32 (188 MB)'
  const { opened, missing } = await openPeers(['PyTorch'], options)
  const pytorch = opened.PyTorch
  if (!pytorch) return [...results, { what, missing: missing.PyTorch }]
  const session = await pytorch.session(makeCase(memoryNet, 'adam', { rows: memoryRows }))
  await session.train(Math.ceil(memoryRows / memoryNet.batch))
  results.push({ what, peakMB: (await session.memory()).peakMB })
  await session.dispose()
  pytorch.close()
  return results
}
