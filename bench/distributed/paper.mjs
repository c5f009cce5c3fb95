// A model on paper of training over 2 to 256 machines like the measured one, from what bench/distributed.mjs wrote:
//   node bench/distributed/paper.mjs [--from PATH] [--sums PATH] [--slow PATH]
// The files are of bench/distributed.mjs, of the same with --sums, and with --rate; by default those in bench/results.
// A step takes c for each row and u for the update; a sum of b bytes over n ranks 2 (n - 1) messages, each with a delay, and the time in
// which 2 (n - 1) / n b bytes go through the slower of the network and the kernel. Sums run during the last third of c, that of the
// weights' gradients, but for the last bucket. --slow compares the model with measured ranks on a slower network.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const file = (name) => fileURLToPath(new URL(`../results/${name}.json`, import.meta.url))
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: file('distributed') },
    sums: { type: 'string', default: file('distributed-sums') },
    slow: { type: 'string', default: file('distributed-1gbit') },
  },
})
const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const measured = read(values.from)
const batch = measured.batch
/** Bits a second, and the seconds of a message between two machines beside those of the processes; these delays are assumptions. */
const links = { '10 Gbit': { rate: 10e9, delay: 20e-6 }, '100 Gbit': { rate: 100e9, delay: 10e-6 } }
const nodes = [2, 4, 8, 16, 32, 64, 128, 256]

const sums = read(values.sums).sums.map(({ count, microseconds }) => [count * 4, microseconds.perceptra.median / 1e6])
const [fewest, , largest] = sums
/** The seconds of a message in the processes, and of a byte that a rank sends and receives. */
const own = { delay: fewest[1], byte: (largest[1] - fewest[1]) / largest[0] }

const nets = measured.nets.map(({ net, weights, lastBucket, results }) => {
  const seconds = (name) => results[name].microseconds.median / 1e6
  const perRow = (seconds('1 process x 2 threads') - seconds('1 process x 2 threads, 256 rows')) / (batch - 256)
  return { net, weights, lastBucket, perRow, update: seconds('1 process x 2 threads') - batch * perRow }
})

function sumOf(numbers, n, { rate, delay }) {
  const bytes = ((2 * (n - 1)) / n) * 4 * numbers
  return 2 * (n - 1) * (own.delay + delay) + bytes * Math.max(8 / rate, own.byte)
}

/** `cores`: of each of the n processes, relative to the measured one. */
function step({ perRow, update, weights, lastBucket }, n, rows, link, cores = 1) {
  const computing = (rows * perRow + update) / cores
  const hidden = (rows * perRow) / cores / 3
  const last = sumOf(lastBucket, n, link)
  return computing + Math.max(sumOf(weights - lastBucket, n, link) - hidden, 0) + last
}

const alone = (net, rows) => rows * net.perRow + net.update
/** `rows`: of all nodes together in a step. How many times as fast the rows go through. */
function gain(net, n, rows, link) {
  return (alone(net, batch) / batch) * (rows / step(net, n, rows / n, link))
}

const columns = nets.flatMap((net) =>
  Object.entries(links).flatMap(([name, link]) => [
    { title: `${net.net}, ${name}, ${batch} rows in all`, of: (n) => gain(net, n, batch, link) },
    { title: `${net.net}, ${name}, ${batch} rows a node`, of: (n) => gain(net, n, batch * n, link) },
  ]),
)
const row = (cells) => `| ${cells.join(' | ')} |`
console.log(row(['nodes', ...columns.map(({ title }) => title)]))
console.log(row(['---:', ...columns.map(() => '---:')]))
for (const n of nodes) console.log(row([n, ...columns.map(({ of }) => of(n).toFixed(1))]))
/** The most nodes of which twice as many as before still make 1.3 times the speed. */
const pays = ({ of }) => nodes.filter((n) => of(n) >= 1.3 * (n === 2 ? 1 : of(n / 2))).at(-1) ?? 1
console.log(row(['pays up to', ...columns.map(pays)]))
console.log(
  `\nA message ${(own.delay * 1e6).toFixed(0)} us, a byte ${(own.byte * 1e9).toFixed(2)} ns, of a rank's processor.`,
)

if (existsSync(values.slow)) {
  const slow = read(values.slow)
  const rate = Number.parseFloat(slow.rate) * 1e9
  for (const { net, results } of slow.nets) {
    const model = nets.find((one) => one.net === net)
    const expected = step(model, 2, batch / 2, { rate, delay: 0 }, 1 / 2) * 1e3
    const found = results['2 ranks x 1 thread'].microseconds.median / 1e3
    console.log(`${net}, 2 ranks on ${slow.rate}: ${expected.toFixed(0)} ms on paper, ${found.toFixed(0)} ms measured`)
  }
}
