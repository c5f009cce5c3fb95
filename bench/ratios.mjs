// The table of docs/speed.md for one kind of CPU, from the file of a run and of `predict.mjs`:
//   node bench/ratios.mjs [--run bench/results/avx512.json] [--rows bench/results/predict-avx512.json] [--write]
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ours } from './peers/index.mjs'
import { digits } from './report.mjs'
import { ratios } from './statistics.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    run: { ...text, default: 'bench/results/avx512.json' },
    rows: { ...text, default: 'bench/results/predict-avx512.json' },
    write: { type: 'boolean', default: false },
  },
})
const run = JSON.parse(readFileSync(values.run, 'utf8'))
const rows = JSON.parse(readFileSync(values.rows, 'utf8'))
const bfloat16 = 'perceptra bfloat16'

const lines = [
  `${run.cpu}, ${run.cores} cores, ${run.native.kernels ?? ''} kernels, Node ${run.node}, ${run.date}, PyTorch ${run.peers.PyTorch}: its time over perceptra's, for steps of SGD / Adam,`,
  `medians of ${run.rounds} rounds (\`${values.run}\`); and for one row, ${rows.date} (\`${values.rows}\`).`,
  '',
  '| net (batch) | float32 against float32 | bfloat16 against float32 | bfloat16 against bfloat16 | one row, us | against PyTorch | against ONNX Runtime |',
  '|---|---|---|---|---:|---:|---:|',
  ...run.cases.filter(({ kind, optimizer }) => kind === 'train' && optimizer === 'sgd').map(line),
]
const table = lines.join('\n')
if (values.write) write(table)
else console.log(table)

function line({ net, batch }) {
  const steps = (peer, base) =>
    ['sgd', 'adam'].map((rule) => {
      const { results } = run.cases.find(
        (entry) => entry.net === net && entry.optimizer === rule && entry.kind === 'train',
      )
      return results[peer] && results[base] ? digits(ratios(results[peer].times, results[base].times).median) : '-'
    })
  const pair = (peer, base) => steps(peer, base).join(' / ')
  const one = rows.cases.find((entry) => entry.net === net)?.results ?? {}
  const times = (peer) => (one[peer] ? `${digits(one[peer].ratio.median)} x` : '-')
  const cells = [
    `${net} (${batch})`,
    pair('PyTorch', ours),
    pair('PyTorch', bfloat16),
    pair('PyTorch bfloat16', bfloat16),
    one[ours] ? digits(one[ours].microseconds.median) : '-',
    times('PyTorch'),
    times('ONNX Runtime'),
  ]
  return `| ${cells.join(' | ')} |`
}

function write(lines) {
  const page = new URL('../docs/speed.md', import.meta.url)
  const [start, end] = ['<!-- ratios:start -->', '<!-- ratios:end -->']
  const before = readFileSync(page, 'utf8')
  const [from, to] = [before.indexOf(start), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/speed.md lacks ${start} and ${end}`)
  writeFileSync(page, `${before.slice(0, from + start.length)}\n${lines}\n${before.slice(to)}`)
}
