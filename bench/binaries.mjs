// How fast the prebuilt binary for this machine trains beside the addon built here, each in a process of its own:
//   npm run build && npm run prebuilds -- --targets linux-x64-glibc
//   node bench/binaries.mjs [--nets 2-3-1,784-30-10] [--rounds 9]
import { fork } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeCase, nets, optimizers } from './cases.mjs'
import { interleave } from './measure.mjs'
import { open } from './peers/perceptra.mjs'

if (process.send) await answer()
else await compare()

/** In a child: trains so many steps of a case as it is asked for. */
async function answer() {
  const peer = await open()
  process.send(peer.native)
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
  const text = { type: 'string' }
  const { values } = parseArgs({
    options: { nets: text, rounds: { ...text, default: '9' }, box: { ...text, default: '300' } },
  })
  const chosen = values.nets?.split(',') ?? nets.map(({ name }) => name)
  const children = { 'built here': {}, prebuilt: { PREBUILDS_ONLY: '1' } }
  for (const [name, settings] of Object.entries(children)) {
    const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, ...settings } })
    children[name] = child
    console.log(`${name.padEnd(10)}  ${JSON.stringify(await nextMessage(child))}`)
  }
  console.log(
    '\nMicroseconds a step, medians; how many times as fast the prebuilt binary is (median, worst and best round)',
  )
  for (const { name, batch } of nets.filter(({ name }) => chosen.includes(name))) {
    for (const optimizer of optimizers) {
      const contenders = Object.entries(children).map(([who, child]) => ({
        name: who,
        run(amount) {
          child.send({ name, optimizer, amount })
          return nextMessage(child)
        },
      }))
      const { results } = await interleave(contenders, { rounds: Number(values.rounds), boxMs: Number(values.box) })
      const { 'built here': here, prebuilt } = results
      const [median, max, min] = ['median', 'max', 'min'].map((key) => (1 / prebuilt.ratio[key]).toFixed(3))
      const times = [here, prebuilt].map(({ microseconds }) => microseconds.median.toFixed(2).padStart(10))
      console.log(
        `${name.padEnd(34)} ${`batch ${batch}`.padEnd(11)} ${optimizer.padEnd(5)} ${times.join(' ')}   ${median} (${max} to ${min})`,
      )
    }
  }
  for (const child of Object.values(children)) child.kill()
}

function nextMessage(child) {
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`The process under test ended (${code})`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}
