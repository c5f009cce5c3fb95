// Data-parallel training on one machine, in turn: two ranks of one thread each against one process with two threads, and against
// PyTorch's DistributedDataParallel on Gloo; then the all-reduce alone against Gloo's own benchmark, which Gloo's CMake builds.
//   node bench/distributed.mjs [--python PYTHON] [--rounds 5] [--nets NAME,NAME] [--optimizer adam] [--quick] [--json path]
//   node bench/distributed.mjs --sums         the all-reduce alone; bench/results/distributed-sums.json is of such a run
//   node bench/distributed.mjs --rate 1gbit   the ranks in two network namespaces, with so many bits a second between them
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeNet } from './cases.mjs'
import { loopback, makeLink } from './distributed/link.mjs'
import { buildPrograms } from './distributed/programs.mjs'
import { measureSums } from './distributed/sums.mjs'
import { perceptra, pytorch } from './distributed/teams.mjs'
import { interleave } from './measure.mjs'
import { ours } from './peers/index.mjs'
import { open } from './peers/perceptra.mjs'
import { describeMachine, digits, writeJson } from './report.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    python: { ...text, default: process.env.PERCEPTRA_PYTHON || 'python3' },
    rounds: text,
    nets: text,
    optimizer: { ...text, default: 'adam' },
    quick: { type: 'boolean', default: false },
    sums: { type: 'boolean', default: false },
    rate: text,
    json: text,
  },
})
const { quick, sums, optimizer, python, rate } = values
const link = rate ? makeLink(rate) : loopback
const rounds = Number(values.rounds ?? (quick ? 1 : 5))
const isWhole = !quick && !sums && !values.nets && values.rounds === undefined && optimizer === 'adam' && !rate
const json =
  values.json ?? fileURLToPath(new URL(`results/${isWhole ? '' : 'local-'}distributed.json`, import.meta.url))

/** The batch is that of all ranks together. */
const [batch, few] = [1024, 256]
const nets = [
  { sizes: [784, 512, 512, 10], rows: 16 * batch },
  { sizes: [784, 2500, 2000, 1500, 1000, 500, 10], rows: 4 * batch },
]
  .map((net) => makeNet({ ...net, batch, hidden: 'relu' }))
  .filter(({ name }) => !values.nets || values.nets.split(',').includes(name))

const report = { ...describeMachine({ [ours]: await open() }), optimizer, batch, rounds, rate, missing: {}, nets: [] }
console.log(`${report.cpu}, ${report.cores} cores, Node ${report.node}; ${rounds} rounds, in turn`)
for (const net of sums ? [] : nets) await measureNet(net)
report.sums = await trySums()
writeJson(json, report)

async function measureNet(net) {
  const of = (rows) => ({ net: { ...net, batch: rows }, optimizer, rate: 1e-3, rows: net.rows })
  const spec = of(batch)
  const teams = [
    await perceptra('2 ranks x 1 thread', spec, { ranks: 2, threads: 1, link }),
    await perceptra('1 process x 2 threads', spec, { ranks: 1, threads: 2, link: loopback }),
    // For distributed/paper.mjs.
    await perceptra(`1 process x 2 threads, ${few} rows`, of(few), { ranks: 1, threads: 2, link: loopback }),
    ...(await peer(() => pytorch('PyTorch DDP, 2 x 1 thread', spec, python, { ranks: 2, threads: 1, link }))),
    ...(await peer(() => pytorch('PyTorch, 1 x 2 threads', spec, python, { ranks: 1, threads: 2, link: loopback }))),
  ]
  const { results, failures } = await interleave(teams, { rounds, boxMs: quick ? 300 : 1500 })
  for (const { peer: name, message } of failures) report.missing[name] = message
  for (const team of teams) team.close()
  report.nets.push({ net: net.name, weights: weightsOf(net.sizes), lastBucket: lastBucketOf(net.sizes), results })
  console.log(`\n${net.name}, ${optimizer}, batch ${batch}: ms a step; x: its time / that of 2 ranks`)
  for (const [name, { microseconds, ratio }] of Object.entries(results)) {
    const range = `(${digits(ratio.min)} - ${digits(ratio.max)})`
    console.log(
      `  ${name.padEnd(26)} ${digits(microseconds.median / 1000).padStart(8)}  x ${digits(ratio.median)} ${range}`,
    )
  }
}

async function peer(start) {
  try {
    return [await start()]
  } catch (error) {
    report.missing.PyTorch = error.message
    console.log(`PyTorch is missing: ${error.message}`)
    return []
  }
}

async function trySums() {
  try {
    const programs = buildPrograms()
    const counts = [1000, ...nets.map(({ sizes }) => weightsOf(sizes))]
    return await measureSums(programs, counts, { link, rounds, seconds: quick ? 0.2 : 0.3 })
  } catch (error) {
    report.missing['all-reduce alone'] = error.message
    console.log(`The all-reduce alone: ${error.message}`)
  }
}

function weightsOf(sizes) {
  return sizes.slice(1).reduce((sum, width, i) => sum + width * (sizes[i] + 1), 0)
}

/** The layers of the last bucket, whose sum nothing hides (cpp/train/group_buckets.h). */
function lastBucketOf(sizes) {
  for (let first = sizes.length - 2; ; first--) {
    const numbers = weightsOf(sizes.slice(first))
    if (first === 0 || numbers >= 65_536) return numbers
  }
}
