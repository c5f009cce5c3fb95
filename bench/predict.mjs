// Prediction of one row, compared with an empty native call, the peers, and a read of the weights from memory:
//   node bench/predict.mjs [--nets 2-3-1] [--peers PyTorch] [--rounds 5] [--quick] [--python path] [--json path]
import { makeCase, nets, rowsOf } from './cases.mjs'
import { makeLoop } from './loop.mjs'
import { interleave, predicting } from './measure.mjs'
import { readOptions } from './options.mjs'
import { copyData, openNative } from './peers/core.mjs'
import { openPeers, ours } from './peers/index.mjs'
import { describeMachine, digits, percent, writeJson } from './report.mjs'
import { openRoof } from './roof.mjs'
import { ratios } from './statistics.mjs'

const empty = 'empty native call'
/** Below this size, weights stay in the core's own cache, and arithmetic is the limit. */
const memoryBoundBytes = 1e6

const options = readOptions(process.argv.slice(2), 'predict')
const { opened, missing } = await openPeers(options.peers, options)
const roof = tryRoof()
const emptyCall = await makeEmptyCall()
const report = {
  ...describeMachine(opened),
  rounds: options.rounds,
  boxMs: options.boxMs,
  peers: Object.fromEntries(Object.entries(opened).map(([name, { version }]) => [name, version])),
  missing,
  cases: [],
  failed: [],
}
console.log(`One row, microseconds: medians of ${options.rounds} rounds, in turn`)
for (const [name, message] of Object.entries(missing)) console.log(`  missing: ${name}: ${message}`)
for (const net of nets.filter(({ name }) => options.nets.includes(name))) await measureNet(net)
roof?.close()
for (const peer of Object.values(opened)) peer.close?.()
writeJson(options.json, report)

async function measureNet(net) {
  const spec = makeCase(net, 'sgd', { rows: Math.ceil(64 / net.batch) * net.batch })
  const rows = rowsOf(spec, 64)
  const sessions = {}
  for (const [name, peer] of Object.entries(opened)) {
    if (!net.leaveOut?.includes(name)) sessions[name] = await peer.session(spec)
  }
  const rounded = {}
  for (const kind of ['float16', 'bfloat16', 'int8']) {
    rounded[`${ours}, ${kind}`] = await opened[ours].session({ ...spec, rowWeights: kind })
  }
  const bytes = 4 * net.sizes.slice(1).reduce((sum, width, i) => sum + width * (net.sizes[i] + 1), 0)
  const megabytes = Math.round(bytes / 1e6)
  const contenders = Object.entries(sessions).map(([name, session]) =>
    looping(predicting(name, session, rows), session, rows),
  )
  for (const [name, session] of Object.entries(rounded)) {
    contenders.push(looping(predicting(name, session, rows), session, rows))
  }
  contenders.push(looping({ name: empty }, { predict: emptyCall }, rows))
  if (roof && bytes >= memoryBoundBytes) contenders.push(roof.reading(megabytes))

  const { results: all, failures } = await interleave(contenders, options)
  const { [`reading ${megabytes} MB`]: reading, ...results } = all
  const entry = { net: net.name, weightBytes: bytes, results }
  if (reading) {
    const scale = bytes / (megabytes * 1e6)
    entry.readGBs = (megabytes * 1e3) / reading.microseconds.median
    entry.shareOfReading = ratios(
      reading.times.map((time) => time * scale),
      results[ours].times,
    )
  }
  report.cases.push(entry)
  for (const failure of failures) report.failed.push({ net: net.name, ...failure })
  print(entry)
  for (const session of [...Object.values(sessions), ...Object.values(rounded)]) await session.dispose()
}

/** In this process each peer has a loop of its own; a peer in another process predicts there. */
function looping(contender, session, rows) {
  if (session.predictRows) return contender
  const loop = makeLoop(contender.name)
  return {
    ...contender,
    run(amount) {
      const count = Math.ceil(amount)
      loop(session.predict, rows, count)
      return count
    },
  }
}

/** The cost of a native call: frees something that is already free. */
async function makeEmptyCall() {
  const native = await openNative()
  const freed = copyData(native, makeCase(nets[0], 'sgd', { rows: nets[0].batch }))
  freed.dispose()
  return () => freed.dispose()
}

function print({ net, results, readGBs, shareOfReading }) {
  console.log(`\n${net}`)
  for (const [name, { microseconds, ratio }] of Object.entries(results)) {
    const beside = name === ours ? '' : `x ${digits(ratio.median)}`
    console.log(`  ${name.padEnd(20)} ${digits(microseconds.median).padStart(8)}  ${beside}`)
  }
  if (shareOfReading) {
    console.log(
      `  reading the weights at ${digits(readGBs)} GB/s would take ${percent(shareOfReading.median)} of our time`,
    )
  }
}

function tryRoof() {
  try {
    return openRoof()
  } catch (error) {
    missing['reading memory'] = error.message
  }
}
