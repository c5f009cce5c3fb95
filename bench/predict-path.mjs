// The parts of one predictSync call, compared with hand-written JavaScript: node bench/predict-path.mjs [--net 2-3-1]
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { makeCase, makeWeights, nets, rowsOf } from './cases.mjs'
import { makeLoop } from './loop.mjs'
import { copyData, makeCoreModel, openNative } from './peers/core.mjs'
import { openPeers, ours } from './peers/index.mjs'
import { median } from './statistics.mjs'

const rounds = 9
const { values } = parseArgs({ options: { net: { type: 'string', default: '2-3-1' } } })
const net = nets.find(({ name }) => name === values.net)
const spec = makeCase(net, 'sgd')
const native = await openNative()
const { opened } = await openPeers(['typed arrays'])
const facade = await opened[ours].session(spec)
const typed = await opened['typed arrays'].session(spec)
const core = makeCoreModel(native, spec)
for (const session of [facade, typed]) session.setWeights(makeWeights(net))
const disposed = copyData(native, spec)
disposed.dispose()

const rows = rowsOf(spec, 64)
const outputs = net.sizes.at(-1)
const out = new Float32Array(outputs)
const plain = (row) => row[0] + out[0]
const input = new Float32Array(net.sizes[0])
const bound = core.bindRow(input, out)

const probes = {
  'an empty loop with a call': plain,
  'a new Float32Array for the outputs': () => new Float32Array(outputs),
  'an empty native call (dispose, again)': () => disposed.dispose(),
  'a native getter (rows)': () => disposed.rows,
  'the core: a bound row, copied in': (row) => {
    for (let k = 0; k < row.length; k++) input[k] = row[k]
    bound()
  },
  'the core: predictSync(row, 1, out)': (row) => core.predictSync(row, 1, out),
  'the same with a new array for outputs': (row) => core.predictSync(row, 1, new Float32Array(outputs)),
  'model.predictSync(row)': (row) => facade.predict(row),
  'model.predictSync(new Float32Array(row))': (row) => facade.predict(new Float32Array(row)),
  'hand-written JavaScript': (row) => typed.predict(row),
}

const loops = Object.fromEntries(Object.keys(probes).map((name) => [name, makeLoop(name)]))
const times = Object.fromEntries(Object.keys(probes).map((name) => [name, []]))
for (let round = -1; round < rounds; round++) {
  for (const [name, probe] of Object.entries(probes)) {
    const nanoseconds = timeCalls(probe, loops[name])
    if (round >= 0) times[name].push(nanoseconds)
  }
}
console.log(`${net.name}, one row, nanoseconds a call (median of ${rounds} rounds, smallest)`)
for (const [name, taken] of Object.entries(times)) {
  const figures = [median(taken), Math.min(...taken)].map((value) => value.toFixed(0).padStart(7))
  console.log(`  ${name.padEnd(40)} ${figures.join(' ')}`)
}

function timeCalls(probe, loop) {
  let count = 1000
  for (;;) {
    const start = performance.now()
    loop(probe, rows, count)
    const elapsed = performance.now() - start
    if (elapsed > 40) return (elapsed * 1e6) / count
    count = Math.ceil(count * Math.min(20, Math.max(2, 60 / elapsed)))
  }
}
