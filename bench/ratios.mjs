// The tables of docs/speed.md for two kinds of CPU, from files of `run.mjs --json` and of `predict.mjs --json`:
//   node bench/ratios.mjs [--write]
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ours } from './peers/index.mjs'
import { digits } from './report.mjs'
import { ratios } from './statistics.mjs'

/** By the mark of its place in the page. */
const files = {
  avx512: { run: 'bench/results/bfloat16.json', rows: 'bench/results/predict-avx512.json' },
  avx2: { run: 'bench/results/avx2.json', rows: 'bench/results/predict-avx2.json' },
}
const bfloat16 = 'perceptra bfloat16'
const read = (path) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const tables = Object.fromEntries(Object.entries(files).map(([mark, paths]) => [mark, render(paths)]))
if (values.write) write(tables)
else console.log(Object.values(tables).join('\n\n'))

function render(paths) {
  const run = read(paths.run)
  const rows = read(paths.rows)
  const columns = columnsOf(run, rows)
  const row = (cells) => `| ${cells.join(' | ')} |`
  const trained = run.cases.filter(({ kind, optimizer }) => kind === 'train' && optimizer === 'sgd')
  return [
    `${run.cpu}, ${run.cores} cores, ${run.native.kernels} kernels, Node ${run.node}, ${run.date}, PyTorch ${run.peers.PyTorch}: its time over perceptra's, for steps of SGD / Adam,`,
    `medians of ${run.rounds} rounds (\`${paths.run}\`); and for one row, ${rows.date}, medians of ${rows.rounds} rounds (\`${paths.rows}\`).`,
    '',
    row(['net (batch)', ...columns.map(({ head }) => head)]),
    `|---|${columns.map(({ align }) => align).join('|')}|`,
    ...trained.map(({ net, batch }) => row([`${net} (${batch})`, ...columns.map(({ cell }) => cell(net))])),
  ].join('\n')
}

/** Columns of bfloat16 are there where it was measured. */
function columnsOf(run, rows) {
  const step = (net, rule, peer, base) => {
    const found = run.cases.find((entry) => entry.net === net && entry.optimizer === rule && entry.kind === 'train')
    const { [peer]: theirs, [base]: own } = found.results
    return theirs && own ? digits(ratios(theirs.times, own.times).median) : '-'
  }
  const steps = (head, peer, base) => ({
    head,
    align: '---',
    cell: (net) => ['sgd', 'adam'].map((rule) => step(net, rule, peer, base)).join(' / '),
  })
  const row = (net, peer) => rows.cases.find((entry) => entry.net === net)?.results[peer]
  const times = (head, peer) => ({
    head,
    align: '---:',
    cell: (net) => (row(net, peer) ? `${digits(row(net, peer).ratio.median)} x` : '-'),
  })
  return [
    steps('float32 against float32', 'PyTorch', ours),
    ...(bfloat16 in run.peers
      ? [
          steps('bfloat16 against float32', 'PyTorch', bfloat16),
          steps('bfloat16 against bfloat16', 'PyTorch bfloat16', bfloat16),
        ]
      : []),
    {
      head: 'one row, us',
      align: '---:',
      cell: (net) => (row(net, ours) ? digits(row(net, ours).microseconds.median) : '-'),
    },
    times('against PyTorch', 'PyTorch'),
    times('against ONNX Runtime', 'ONNX Runtime'),
  ]
}

function write(tables) {
  const page = new URL('../docs/speed.md', import.meta.url)
  let text = readFileSync(page, 'utf8')
  for (const [mark, table] of Object.entries(tables)) {
    const [start, end] = [`<!-- ratios ${mark}:start -->`, `<!-- ratios ${mark}:end -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/speed.md needs the lines ${start} and ${end}`)
    text = `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`
  }
  writeFileSync(page, text)
}
