// A training on all cores beside a process that spins on one core, and how late the event loop gets its core meanwhile:
//   node bench/neighbour.mjs [--nets 784-512-512-10,1024-1024-1024-1024-10] [--rounds 7] [--box 400] [--json file]
// Without options the figures are written to bench/results/neighbour.json.
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeCase, nets } from './cases.mjs'
import { openPeers, ours } from './peers/index.mjs'
import { describeMachine, digits, writeJson } from './report.mjs'
import { startNeighbour } from './scaling/neighbour.mjs'
import { withNeighbour } from './scaling/threads.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    nets: { ...text, default: '784-512-512-10,1024-1024-1024-1024-10' },
    rounds: { ...text, default: '7' },
    box: { ...text, default: '400' },
    json: text,
  },
})
const names = values.nets.split(',')
const chosen = nets.filter(({ name }) => names.includes(name))
if (chosen.length < names.length)
  throw new Error(`Expected names of nets, such as ${nets[3].name}, got ${values.nets}.`)
const rounds = Number(values.rounds)
const boxMs = Number(values.box)
const { opened } = await openPeers([])
const peer = opened[ours]

console.log('A step of Adam beside a process that spins on one core')
const steps = await withNeighbour(peer, chosen, { rounds, boxMs })
for (const { net, alone, disturbed, ratio } of steps) {
  const range = `${digits(ratio.min)} - ${digits(ratio.max)}`
  console.log(
    `  ${net}: alone ${digits(alone.median)} us, beside it ${digits(disturbed.median)} us, x ${digits(ratio.median)} (${range})`,
  )
}
console.log('How late timers of 1 ms are, ms: median, 90 %, 99 %')
const loop = []
for (const net of chosen) loop.push(await delaysOf(net))

const isWhole = process.argv.length === 2
writeJson(values.json ?? `bench/results/${isWhole ? '' : 'local-'}neighbour.json`, {
  ...describeMachine(opened),
  version: peer.version,
  rounds,
  boxMs,
  steps,
  loop,
})

/** Delays of the event loop while a net trains, alone and beside the process, in turn. */
async function delaysOf(net) {
  const neighbour = await startNeighbour()
  const session = await peer.session(makeCase(net, 'adam'))
  const late = { alone: [], disturbed: [] }
  try {
    await session.train(session.leastSteps)
    for (let round = 0; round < rounds; round++) {
      for (const [name, enter] of [
        ['alone', neighbour.rest],
        ['disturbed', neighbour.spin],
      ]) {
        await enter()
        late[name].push(...(await delaysDuring(session)))
      }
    }
  } finally {
    neighbour.end()
    await session.dispose()
  }
  const result = { net: net.name }
  for (const [name, delays] of Object.entries(late)) {
    delays.sort((a, b) => a - b)
    result[name] = [0.5, 0.9, 0.99].map((share) => delays[Math.floor(delays.length * share)])
    console.log(`  ${net.name}, ${name}: ${result[name].map(digits).join(', ')}`)
  }
  return result
}

/** The loop works a tenth of a millisecond after each timer, as a server does. */
async function delaysDuring(session) {
  const delays = []
  const end = performance.now() + boxMs
  let trains = true
  const timers = (async () => {
    while (trains) {
      const start = performance.now()
      await wait(1)
      const now = performance.now()
      delays.push(now - start - 1)
      while (performance.now() < now + 0.1);
    }
  })()
  while (performance.now() < end) await session.train(session.leastSteps)
  trains = false
  await timers
  return delays
}
