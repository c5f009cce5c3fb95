// Cost by width, batch, rows and threads, and peak memory: node bench/run.mjs --scaling [--quick]
import { availableParallelism } from 'node:os'
import { nets } from './cases.mjs'
import { openPeers, ours } from './peers/index.mjs'
import { describeMachine, digits, percent, writeJson } from './report.mjs'
import { openRoof } from './roof.mjs'
import { alongBatch, alongRows, alongWidth } from './scaling/axes.mjs'
import { measureMemory } from './scaling/memory.mjs'
import { withNeighbour, withThreads } from './scaling/threads.mjs'

const orDash = (share) => (share === undefined ? '-' : percent(share))
const shares = {
  'share of the roof': ({ share }) => orDash(share),
  'of products on all cores': ({ shareTogether }) => orDash(shareTogether),
}

export async function measureScaling(options) {
  const { opened } = await openPeers([])
  const peer = opened[ours]
  const { rounds, boxMs } = options
  const report = { ...describeMachine(opened), version: peer.version, rounds, boxMs }
  const roof = tryRoof()
  const chosen = nets.filter(({ name }) => options.nets.includes(name))
  console.log(`${report.cpu}, ${report.cores} cores, Node ${report.node}; medians of ${rounds} rounds, in turn.`)

  report.width = await alongWidth(peer, roof, options)
  printTable('784-w-10, adam, batch 128', report.width, {
    w: ({ width }) => width,
    'us a step': ({ microseconds }) => digits(microseconds.median),
    'ps a weight and row': ({ perWeight }) => digits(perWeight),
    ...shares,
  })
  report.batch = await alongBatch(peer, roof, options)
  printTable('784-128-10, adam', report.batch, {
    batch: ({ batch }) => batch,
    'us a step': ({ microseconds }) => digits(microseconds.median),
    'us a row': ({ perRow }) => digits(perRow),
    ...shares,
  })
  report.rows = await alongRows(peer, options)
  printTable('20-16-1, adam, batch 100, an epoch by fit', report.rows, {
    rows: ({ rows }) => rows.toLocaleString('en'),
    'ms an epoch': ({ microseconds }) => digits(microseconds.median / 1000),
    'us a row': ({ perRow }) => digits(perRow),
  })
  report.threads = await withThreads(peer, chosen, options)
  printTable(`Threads, adam, ${report.cores} cores`, report.threads, {
    net: ({ net }) => net,
    'automatic, us': ({ automatic }) => digits(automatic.median),
    ...Object.fromEntries(
      Object.keys(report.threads[0].fixed).map((threads) => [
        `${threads}, us`,
        ({ fixed }) => digits(fixed[threads].median),
      ]),
    ),
    'automatic / best fixed': ({ overBest }) => digits(overBest.median),
    'most threads / automatic': ({ mostOverAutomatic }) => digits(mostOverAutomatic.median),
  })
  report.neighbour = await withNeighbour(peer, chosen, options)
  printTable('A process that spins on one core', report.neighbour, {
    net: ({ net }) => net,
    'alone, us': ({ alone }) => digits(alone.median),
    'beside it, us': ({ disturbed }) => digits(disturbed.median),
    ratio: ({ ratio }) => digits(ratio.median),
  })
  report.memory = await measureMemory({ ...options, cores: availableParallelism() })
  printTable(
    'Peak memory of a process (60,000 rows of 784, an epoch of 784-128-10 by adam, batch 128)',
    report.memory,
    {
      what: ({ what }) => what,
      MB: ({ peakMB, missing }) => (missing ? `missing: ${missing}` : digits(peakMB)),
    },
  )
  roof?.close()
  console.log()
  writeJson(options.json, report)
}

function tryRoof() {
  try {
    return openRoof()
  } catch (error) {
    console.log(`Without shares of the roof: ${error.message}`)
  }
}

function printTable(title, rows, columns) {
  const heads = Object.keys(columns)
  const lines = [heads, ...rows.map((row) => heads.map((head) => String(columns[head](row))))]
  const widths = heads.map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  console.log(`\n${title}`)
  for (const line of lines) console.log(`  ${line.map((cell, i) => cell.padStart(widths[i])).join('  ')}`)
}
