// Training speed of the prebuilt binary for this machine compared with the addon built here, each in its own process:
//   npm run build && npm run prebuilds -- --targets linux-x64-glibc
//   node bench/binaries.mjs [--nets 2-3-1,784-30-10] [--rounds 9] [--box 300] [--json FILE]
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeCase, nets, optimizers } from './cases.mjs'
import { interleave } from './measure.mjs'
import { nextMessage } from './messages.mjs'
import { ours } from './peers/index.mjs'
import { open } from './peers/perceptra.mjs'
import { describeMachine, writeJson } from './report.mjs'

if (process.send) await answer()
else await compare()

/** In a child process: trains the requested number of steps of a case. */
async function answer() {
  const peer = await open()
  const { nativePath } = await import('../dist/native.cjs')
  const sha256 = createHash('sha256').update(readFileSync(nativePath())).digest('hex')
  const root = fileURLToPath(new URL('..', import.meta.url))
  process.send({ ...peer.native, path: relative(root, nativePath()), sha256 })
  let current
  process.on('message', async ({ name, optimizer, amount }) => {
    if (current?.name !== name || current.optimizer !== optimizer) {
      current?.session.dispose()
      const net = nets.find((net) => net.name === name)
      current = { name, optimizer, session: peer.session(makeCase(net, optimizer)) }
    }
    const start = performance.now()
    const done = await current.session.train(amount)
    process.send({ done, elapsed: performance.now() - start })
  })
}

async function compare() {
  const options = readOptions()
  const children = { 'built here': { PREBUILDS_ONLY: '' }, prebuilt: { PREBUILDS_ONLY: '1' } }
  const binaries = {}
  for (const [name, settings] of Object.entries(children)) {
    children[name] = fork(fileURLToPath(import.meta.url), { env: { ...process.env, ...settings } })
    binaries[name] = await nextMessage(children[name])
    console.log(`${name.padEnd(10)}  ${JSON.stringify(binaries[name])}`)
  }
  try {
    if (binaries.prebuilt.sha256 === binaries['built here'].sha256)
      throw new Error('both are one binary: npm run build makes the one, npm run prebuilds the other')
    const cases = await measure(children, options)
    const { native: _, ...machine } = describeMachine({ [ours]: {} })
    writeJson(options.json, { ...machine, binaries, rounds: options.rounds, boxMs: options.boxMs, cases })
  } finally {
    for (const child of Object.values(children)) child.kill()
  }
}

function readOptions() {
  const text = { type: 'string' }
  const { values } = parseArgs({
    options: { nets: text, rounds: { ...text, default: '9' }, box: { ...text, default: '300' }, json: text },
  })
  const chosen = values.nets?.split(',') ?? nets.map(({ name }) => name)
  const unknown = chosen.find((name) => !nets.some((net) => net.name === name))
  if (unknown) throw new Error(`--nets knows ${nets.map(({ name }) => name).join(', ')}; not ${unknown}`)
  const [rounds, boxMs] = [Number(values.rounds), Number(values.box)]
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number from 1 on, not ${rounds}`)
  // Only a complete run may provide figures for the documentation.
  const isWhole = process.argv.slice(2).every((word) => !/^--(nets|rounds|box)\b/.test(word))
  const file = fileURLToPath(new URL(`results/${isWhole ? '' : 'local-'}binaries.json`, import.meta.url))
  return { chosen, rounds, boxMs, json: values.json ?? file }
}

async function measure(children, { chosen, rounds, boxMs }) {
  console.log(
    '\nMicroseconds a step, medians; how many times as fast the prebuilt binary is (median, worst and best round)',
  )
  const cases = []
  for (const { name, batch } of nets.filter(({ name }) => chosen.includes(name))) {
    for (const optimizer of optimizers) {
      const contenders = Object.entries(children).map(([who, child]) => ({
        name: who,
        run(amount) {
          child.send({ name, optimizer, amount })
          return nextMessage(child)
        },
      }))
      const { results } = await interleave(contenders, { rounds, boxMs })
      const { 'built here': here, prebuilt } = results
      const times = Object.entries(results).map(([who, { microseconds }]) => [who, microseconds])
      // interleave returns the ratio of the times.
      const [median, least, most] = ['median', 'max', 'min'].map((key) => 1 / prebuilt.ratio[key])
      cases.push({
        net: name,
        batch,
        optimizer,
        microseconds: Object.fromEntries(times),
        speed: { median, least, most },
      })
      const shown = [here, prebuilt].map(({ microseconds }) => microseconds.median.toFixed(2).padStart(10)).join(' ')
      const ratios = [median, least, most].map((ratio) => ratio.toFixed(3))
      console.log(
        `${name.padEnd(34)} ${`batch ${batch}`.padEnd(11)} ${optimizer.padEnd(5)} ${shown}   ${ratios[0]} (${ratios[1]} to ${ratios[2]})`,
      )
    }
  }
  return cases
}
