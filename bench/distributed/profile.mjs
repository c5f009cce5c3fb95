// Where the time of a step goes: ms of CPU time a step, of one of two ranks (all its threads) and of one of the two threads of one
// process, in turn, by samples of `perf record`, which slows both a little.
//   node bench/distributed/profile.mjs [--net 784-512-512-10] [--rounds 3] [--seconds 5]
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeNet } from '../cases.mjs'
import { spread } from '../statistics.mjs'
import { loopback } from './link.mjs'
import { perceptra } from './teams.mjs'

const { values } = parseArgs({
  options: {
    net: { type: 'string', default: '784-512-512-10' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
  },
})
/** Samples a second of CPU time: one for each ms, but not in step with timers. */
const frequency = 997

/** By symbol and library as perf prints them; the first that matches counts. */
const kinds = [
  // The kernel and its modules, whose names are in brackets, as are those of some other memory.
  ['the system', /\(\[(?!unknown\]|vdso\]|JIT\]|heap\]|stack)|\/vmlinux/],
  ['packing of factors (OpenBLAS)', /gemm_\w*copy/],
  ['scaling of results, mostly by 0 (OpenBLAS)', /gemm_beta/],
  ['products (OpenBLAS and our kernels)', /gemm_|gemv_|Product|Tile|cblas/i],
  ['Adam', /::Adam/],
  ['copies and fills, such as of rows', /memcpy|memmove|memset|Gather/],
  ['Gloo, and the addition of a sum', /gloo::|binding::/],
  ['JavaScript and Node', /\(.*\/(node|perf-\d+\.map)\)|\(\[JIT\]/],
]

// Before there are other processes: it fails where there is no perf.
execFileSync('perf', ['--version'], { stdio: 'ignore' })

const batch = 1024
const net = makeNet({ sizes: values.net.split('-').map(Number), rows: 16 * batch, batch, hidden: 'relu' })
const spec = { net, optimizer: 'adam', rate: 1e-3, rows: net.rows }
const teams = [
  await perceptra('a rank', spec, { ranks: 2, threads: 1, link: loopback }),
  await perceptra('a thread', spec, { ranks: 1, threads: 2, link: loopback }),
]
const folder = mkdtempSync(join(tmpdir(), 'perceptra-profile-'))
const found = new Map(teams.map((team) => [team, []]))
try {
  for (const team of teams) await team.run(64)
  for (let round = 0; round < Number(values.rounds); round++)
    for (const team of teams) found.get(team).push(await profile(team))
} finally {
  for (const team of teams) team.close()
  rmSync(folder, { recursive: true, force: true })
}
print()

/** Runs a team under perf: ms of CPU time a step of one rank or thread by kind, and ms of the step itself. */
async function profile(team) {
  const data = join(folder, 'perf.data')
  const args = ['record', '-q', '-e', 'cpu-clock', '-F', frequency, '-o', data, '-p', team.pids.join(',')]
  const perf = spawn('perf', args.map(String), { stdio: 'inherit' })
  const ended = once(perf, 'close')
  const early = ended.then(([code]) => {
    throw new Error(`perf record ended before the steps did, with code ${code}. See what it printed.`)
  })
  const { done, elapsed } = await Promise.race([steps(team), early])
  perf.kill('SIGINT')
  await ended
  const text = execFileSync('perf', ['script', '-i', data, '-F', 'ip,sym,dso'], {
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  })
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const counts = new Map()
  for (const line of lines) {
    const kind = kinds.find(([, pattern]) => pattern.test(line))?.[0] ?? 'all else'
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const perStep = (samples) => (samples * 1000) / frequency / done / 2
  return { step: elapsed / done, sum: perStep(lines.length), of: (kind) => perStep(counts.get(kind) ?? 0) }
}

async function steps(team) {
  await pause(500) // for perf to begin
  let [done, elapsed] = [0, 0]
  while (elapsed < Number(values.seconds) * 1000) {
    const part = await team.run(64)
    done += part.done
    elapsed += part.elapsed
  }
  return { done, elapsed }
}

function print() {
  const row = (name, get) => {
    const cells = teams.map((team) => spread(found.get(team).map(get)).median.toFixed(1))
    console.log(`| ${[name, ...cells].join(' | ')} |`)
  }
  console.log(`| | ${teams.map(({ name }) => name).join(' | ')} |\n|---|---:|---:|`)
  for (const kind of [...kinds.map(([name]) => name), 'all else']) row(kind, ({ of }) => of(kind))
  row('sum', ({ sum }) => sum)
  row('the step', ({ step }) => step)
}
