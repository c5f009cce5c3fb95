// The cost of the TypeScript API: an epoch of 784-128-10 through `fit` and through the native part
// alone, both from a JavaScript array. node bench/core.mjs [--rounds 7] [--rows 60000]
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeCase, nets } from './cases.mjs'
import { copyData, makeCoreModel, openNative, trainCore } from './peers/core.mjs'
import { makeModel } from './peers/perceptra.mjs'
import { printOverhead } from './report.mjs'
import { ratios, spread } from './statistics.mjs'

export async function measureOverhead({ rounds, rows = 60_000, optimizer = 'sgd' }) {
  const net = nets.find(({ name }) => name === '784-128-10')
  const spec = makeCase(net, optimizer, { rows })
  const native = await openNative()
  const core = makeCoreModel(native, spec)
  const model = makeModel(await import('../dist/index.js'), spec)
  const ways = {
    fit: () => model.fit(spec.x, spec.y, { epochs: 1, batchSize: net.batch, verbose: 0 }),
    core: () => trainCore(native, core, spec),
    setUp: () => copyData(native, spec).dispose(),
  }
  const times = { fit: [], core: [], setUp: [] }
  for (let round = -1; round < rounds; round++) {
    // They alternate in going first, so that neither always finds the other's caches.
    const order = round % 2 ? ['fit', 'core', 'setUp'] : ['core', 'fit', 'setUp']
    for (const way of order) {
      const start = performance.now()
      await ways[way]()
      if (round >= 0) times[way].push(performance.now() - start)
    }
  }
  model.dispose()
  core.dispose()
  const { fit, core: bare, setUp } = times
  const withoutCopy = (values) => values.map((time, round) => time - setUp[round])
  return {
    ...{ net: net.name, batch: net.batch, optimizer, rows: spec.rows },
    ...{ fit: spread(fit), core: spread(bare), setUp: spread(setUp) },
    ratio: ratios(fit, bare),
    // Both copy the data once, for any number of epochs; this is the time of an epoch without the copy.
    ratioWithoutCopy: ratios(withoutCopy(fit), withoutCopy(bare)),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' }
  const { values } = parseArgs({ options: { rounds: { ...text, default: '7' }, rows: { ...text, default: '60000' } } })
  for (const optimizer of ['sgd', 'adam']) {
    printOverhead(await measureOverhead({ rounds: Number(values.rounds), rows: Number(values.rows), optimizer }))
  }
}
