// Compares perceptra with its peers, interleaved in one run:
//   node bench/run.mjs [--nets 2-3-1,784-30-10] [--peers 'typed arrays,brain.js'] [--rounds 5] [--quick] [--json path]
//                      [--python path]
//   node bench/run.mjs --scaling [--quick]     cost against width, batch, rows, threads; peak memory
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { makeCase, nets, optimizers, rowsOf } from './cases.mjs'
import { measureOverhead } from './core.mjs'
import { interleave, predicting, training } from './measure.mjs'
import { readOptions } from './options.mjs'
import { openPeers, ours } from './peers/index.mjs'
import { describeMachine, printCase, printClosing, printOpening, writeJson } from './report.mjs'
import { openRoof, shareOfRoof } from './roof.mjs'
import { selfCheck } from './self-check.mjs'

const options = readOptions(process.argv.slice(2))
if (options.scaling) await (await import('./scaling.mjs')).measureScaling(options)
else await measureAll()

async function measureAll() {
  const chosen = nets.filter(({ name }) => options.nets.includes(name))
  const { opened, missing } = await openPeers(options.peers, options)
  const roof = tryRoof(missing)
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
    for (const optimizer of optimizers) await measureNet(net, optimizer, { opened, roof, report })
  }
  if (options.overhead) report.overhead = await measureOverhead({ rounds: options.rounds })
  roof?.close()
  for (const peer of Object.values(opened)) peer.close?.()

  printClosing(report)
  if (options.json) writeJson(options.json, report)
  if (options.publish) publish()
  if (report.selfCheck.some(({ agrees }) => !agrees)) process.exitCode = 1
}

/** The README's table and the chart, from the file just written. */
function publish() {
  const make = (script, ...args) =>
    execFileSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], { stdio: 'inherit' })
  make('table.mjs', '--write')
  make('chart.mjs')
}

function tryRoof(missing) {
  try {
    return openRoof()
  } catch (error) {
    missing['bare products'] = error.message
  }
}

/** Training with each optimizer; prediction once, since it does not depend on the optimizer. */
async function measureNet(net, optimizer, { opened, roof, report }) {
  const spec = makeCase(net, optimizer)
  const sessions = await openSessions({ opened, report }, spec)
  const measure = async (what, contenders) => {
    const boxMs = options.boxMs * (net.boxes ?? 1)
    const { results: all, failures } = await interleave(contenders, { ...options, boxMs })
    const entry = { net: net.name, batch: net.batch, ...what, ...shareOfRoof(all, net, availableParallelism()) }
    report.cases.push(entry)
    for (const failure of failures) report.failed.push({ net: net.name, ...what, ...failure })
    printCase(entry)
  }
  const trained = Object.entries(sessions).flatMap(([name, session]) =>
    session.train ? [training(name, session)] : [],
  )
  await measure({ optimizer, kind: 'train' }, [...trained, ...(roof?.contenders(net) ?? [])])
  if (optimizer === optimizers.at(-1)) {
    const rows = rowsOf(spec, 64)
    const asked = Object.entries(sessions).map(([name, session]) => predicting(name, session, rows))
    await measure({ kind: 'predict' }, asked)
  }
  for (const session of Object.values(sessions)) await session.dispose()
}

async function openSessions({ opened, report }, spec) {
  const sessions = {}
  for (const [name, peer] of Object.entries(opened)) {
    if (spec.net.leaveOut?.includes(name)) continue
    try {
      sessions[name] = await peer.session(spec)
    } catch (error) {
      if (name === ours) throw error
      report.failed.push({
        net: spec.net.name,
        kind: 'opening',
        optimizer: spec.optimizer,
        peer: name,
        message: error.message,
      })
    }
  }
  return sessions
}
