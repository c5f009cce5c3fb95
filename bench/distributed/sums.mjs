// The all-reduce of two processes on this machine, without training: ours beside the algorithms of Gloo's own benchmark.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LineChild } from '../line-child.mjs'
import { digits } from '../report.mjs'
import { ratios, spread } from '../statistics.mjs'

const run = promisify(execFile)
const algorithms = ['allreduce_ring', 'allreduce_ring_chunked', 'allreduce_halving_doubling', 'allreduce_bcube']
const us = 'perceptra'

/** For each count of floats the median microseconds of a sum by each contender, and the ratios of Gloo's best to ours. */
export async function measureSums(programs, counts, { link, rounds, seconds }) {
  const own = await openOwn(programs.ours, link)
  try {
    return await measureEach(own, programs.gloo, counts, { link, rounds, seconds })
  } finally {
    own.close()
  }
}

async function measureEach(own, gloo, counts, { link, rounds, seconds }) {
  console.log(`\nAll-reduce alone, 2 processes, us a sum (medians of ${rounds} rounds); x: Gloo's best / ours`)
  const results = []
  for (const count of counts) {
    const times = Object.fromEntries([us, ...algorithms].map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      times[us].push(await own.time(count, seconds))
      for (const name of algorithms) times[name].push(await timeOfGloo(gloo, link, name, count, seconds))
    }
    const best = algorithms.reduce((a, b) => (spread(times[b]).median < spread(times[a]).median ? b : a))
    const ratio = ratios(times[best], times[us])
    const microseconds = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, spread(list)]))
    results.push({ count, best, ratio, microseconds })
    const all = Object.entries(microseconds).map(
      ([name, { median }]) => `${name.replace('allreduce_', '')} ${digits(median)}`,
    )
    console.log(`  ${count.toLocaleString('en').padStart(10)} floats: ${all.join(', ')}; x ${digits(ratio.median)}`)
  }
  return results
}

async function openOwn(program, link) {
  const children = [0, 1].map((rank) => {
    const [first, ...args] = [...link.prefix(rank), program, String(rank), link.address(rank)]
    return new LineChild(first, args)
  })
  const addresses = await Promise.all(children.map((child) => child.read()))
  await Promise.all(children.map((child, rank) => child.ask(addresses[1 - rank])))
  return {
    async time(count, seconds) {
      const times = await Promise.all(children.map((child) => child.ask(`${count} ${seconds}`)))
      return Number(times[0])
    },
    close() {
      for (const child of children) child.close()
    },
  }
}

/** Gloo's benchmark sometimes aborts at its end, where one process is still connected and the other gone. */
async function timeOfGloo(...args) {
  for (let tries = 5; ; tries--) {
    try {
      return await tryTimeOfGloo(...args)
    } catch (error) {
      if (tries === 1) throw new Error("Gloo's benchmark failed", { cause: error })
    }
  }
}

/** The median in the table that rank 0 prints. */
async function tryTimeOfGloo(program, link, algorithm, count, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-gloo-'))
  // Its check of the sums compares numbers above 2^24 as floats, so it fails for many of them.
  const what = ['--no-verify', '--elements', String(count)]
  const common = ['-s', '2', '-x', 'run', '--shared-path', folder, '-t', 'tcp', ...what]
  const time = ['--iteration-time', `${Math.ceil(seconds * 1000)}ms`]
  const rank = (rank) => {
    const device = ['--tcp-device', link.port(rank), '-r', String(rank)]
    const [first, ...args] = [...link.prefix(rank), program, ...common, ...time, ...device, algorithm]
    return run(first, args)
  }
  try {
    const [{ stdout }] = await Promise.all([rank(0), rank(1)])
    const line = stdout.split('\n').find((text) => /^\s*\d+\s+\d+/.test(text))
    if (!line) throw new Error(`Gloo's benchmark printed no figures: ${stdout}`)
    return Number(line.trim().split(/\s+/)[3])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
