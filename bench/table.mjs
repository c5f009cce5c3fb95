// Renders the README's table from bench/results/latest.json: node bench/table.mjs [--write]
import { readFileSync, writeFileSync } from 'node:fs'
import { ours } from './peers/index.mjs'
import { digits, percent } from './report.mjs'

const start = '<!-- bench:start -->'
const end = '<!-- bench:end -->'
/** Columns of shares, if the run has them. */
const shares = {
  'share of the roof': ({ roof }) => roof?.share,
  'of products on all cores': ({ roof }) => roof?.shareTogether,
}
const readme = new URL('../README.md', import.meta.url)

const report = JSON.parse(readFileSync(new URL('results/latest.json', import.meta.url), 'utf8'))
const table = render(report)
if (process.argv.includes('--write')) write(table)
else console.log(table)

function render({ date, cpu, cores, node, rounds, peers, cases, failed = [], overhead }) {
  const names = Object.keys(peers).filter((name) => name !== ours)
  const measured = Object.keys(shares).filter((head) => cases.some(shares[head]))
  const row = (cells) => `| ${cells.join(' | ')} |`
  const heads = [ours, ...measured, ...names]
  const lines = [
    row(['net (batch)', 'what', ...heads]),
    row(['---', '---', ...heads.map(() => '---:')]),
    ...cases.map((entry) => row(cellsOf(entry, { names, measured, failed }))),
    '',
    `Microseconds a training step or a predicted row, and how many times as long each peer takes: medians of ${rounds} ` +
      `rounds, all in one run and in turn. ${cpu}, ${cores} cores, Node ${node}, ${date}; ${versions(peers)}.`,
    'brain.js learns row by row: its step is that of as many rows as the batch has.',
  ]
  if (measured.length > 0) {
    lines.push(`The roof is the step's bare matrix products on one thread, spread over ${cores} cores without loss.`)
  }
  if (measured.length > 1) lines.push('Beside it the same products on all cores at once, each core with its own.')
  if (overhead) {
    lines.push(`An epoch of ${overhead.rows} rows of ${overhead.net} through \`fit\` takes ${longer(overhead.ratio)}.`)
  }
  return lines.join('\n')
}

function cellsOf(entry, { names, measured, failed }) {
  const { net, batch, optimizer, kind, results } = entry
  const what = kind === 'train' ? `train, ${optimizer}` : 'predict a row'
  const ratio = (name) => {
    if (results[name]) return `${digits(results[name].ratio.median)} x`
    return failed.some((failure) => failure.peer === name && failure.net === net) ? 'failed' : '-'
  }
  const reached = measured.map((head) => shares[head](entry)).map((share) => (share ? percent(share.median) : ''))
  return [`${net} (${batch})`, what, digits(results[ours].microseconds.median), ...reached, ...names.map(ratio)]
}

function versions(peers) {
  const numbered = Object.entries(peers).filter(([, version]) => /^\d/.test(version))
  return numbered.map(([name, version]) => `${name} ${version}`).join(', ')
}

function longer({ median }) {
  const percents = (median - 1) * 100
  return percents < 0.05 ? 'no longer than the bare core' : `${percents.toFixed(1)} % longer than the bare core`
}

function write(text) {
  const old = readFileSync(readme, 'utf8')
  const from = old.indexOf(start)
  const to = old.indexOf(end)
  if (from < 0 || to < from) throw new Error(`README.md needs the lines ${start} and ${end}`)
  writeFileSync(readme, `${old.slice(0, from + start.length)}\n${text}\n${old.slice(to)}`)
}
