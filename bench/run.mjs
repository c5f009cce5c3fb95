// Measures perceptra beside its peers, in one process and in turn:
//   node bench/run.mjs [--nets 2-3-1,784-30-10] [--peers 'typed arrays,brain.js'] [--rounds 5] [--quick] [--json path]
import { makeCase, nets, optimizers, rowsOf } from './cases.mjs'
import { measureOverhead } from './core.mjs'
import { interleave, predicting, training } from './measure.mjs'
import { readOptions } from './options.mjs'
import { openPeers } from './peers/index.mjs'
import { describeMachine, printCase, printClosing, printOpening, writeJson } from './report.mjs'
import { selfCheck } from './self-check.mjs'

const options = readOptions(process.argv.slice(2))
const chosen = nets.filter(({ name }) => options.nets.includes(name))
const { opened, missing } = await openPeers(options.peers)

const report = {
  ...describeMachine(opened),
  rounds: options.rounds,
  boxMs: options.boxMs,
  peers: Object.fromEntries(Object.entries(opened).map(([name, { version }]) => [name, version])),
  missing,
  selfCheck: await selfCheck(opened, chosen, optimizers),
  cases: [],
  failed: [],
}
printOpening(report)

for (const net of chosen) {
  for (const optimizer of optimizers) await measureNet(net, optimizer)
}
if (options.overhead) report.overhead = await measureOverhead({ rounds: options.rounds })

printClosing(report)
if (options.json) writeJson(options.json, report)
if (report.selfCheck.some(({ agrees }) => !agrees)) process.exitCode = 1

/** Training with each optimizer; predicting once, since it does not depend on it. */
async function measureNet(net, optimizer) {
  const spec = makeCase(net, optimizer)
  const sessions = await openSessions(spec)
  await measureCase({ net, optimizer, kind: 'train' }, (name, session) => training(name, session), sessions)
  if (optimizer === optimizers.at(-1)) {
    const rows = rowsOf(spec, 64)
    await measureCase({ net, kind: 'predict' }, (name, session) => predicting(name, session, rows), sessions)
  }
  for (const session of Object.values(sessions)) await session.dispose()
}

async function openSessions(spec) {
  const sessions = {}
  for (const [name, peer] of Object.entries(opened)) sessions[name] = await peer.session(spec)
  return sessions
}

async function measureCase({ net, ...what }, contender, sessions) {
  const contenders = Object.entries(sessions).map(([name, session]) => contender(name, session))
  const { results, failures } = await interleave(contenders, options)
  const entry = { net: net.name, batch: net.batch, ...what, results }
  report.cases.push(entry)
  for (const failure of failures) report.failed.push({ net: net.name, ...what, ...failure })
  printCase(entry)
}
