// What options of a training step cost: its time with each, over the time of the plain step, in turn:
//   node bench/option-costs.mjs [--rounds 7] [--box 250] [--only 'dropout,clipping'] [--threads 2] [--cpu]
// Dropout, row weights, batch normalisation and clipping should cost no more than their arithmetic. With --cpu the times
// are CPU times of steps on one thread, which other programs on the machine disturb less.
import { parseArgs } from 'node:util'
import { layers, optimizers, Sequential } from '../dist/index.js'
import { makeCase, nets } from './cases.mjs'
import { interleave, training } from './measure.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    rounds: { ...text, default: '7' },
    box: { ...text, default: '250' },
    only: text,
    threads: text,
    cpu: { type: 'boolean', default: false },
  },
})
if (values.cpu && values.threads) throw new Error('Give --cpu, which measures one thread, or --threads.')
const threads = values.cpu ? 1 : values.threads && Number(values.threads)

const small = nets.find(({ name }) => name === '20-100-1')
const wide = nets.find(({ name }) => name === '784-128-10')
/** How a layer list or the options of fit change. */
const ways = [
  { net: small, name: 'dropout .2', behind: () => [layers.dropout({ rate: 0.2 })] },
  {
    net: small,
    name: 'sample weights',
    fit: ({ rows }) => ({ sampleWeight: Float32Array.from({ length: rows }, (_, i) => 1 + (i % 2)) }),
  },
  { net: wide, name: 'dropout .2', behind: () => [layers.dropout({ rate: 0.2 })] },
  { net: wide, name: 'batch normalization', behind: () => [layers.batchNormalization()] },
  { net: wide, name: 'clipping by norm', rule: { globalClipNorm: 1 } },
  { net: small, name: 'clipping by norm', rule: { globalClipNorm: 1 } },
].filter(({ name }) => !values.only || values.only.split(',').some((part) => name.includes(part)))

console.log('Time of a step over that of the plain step, SGD and Adam: median (least to most)')
for (const { net, name, behind, rule, fit } of ways) {
  const cells = []
  for (const optimizer of ['sgd', 'adam']) {
    const spec = makeCase(net, optimizer)
    const plain = session(spec, {})
    const other = session(spec, { behind, rule, fit })
    const { results } = await interleave([training('plain', plain), training(name, other)], {
      rounds: Number(values.rounds),
      boxMs: Number(values.box),
    })
    const { median, min, max } = results[name].ratio
    const { median: us } = results.plain.microseconds
    cells.push(`${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)}; plain ${us.toFixed(1)} us)`)
    plain.close()
    other.close()
  }
  console.log(`${net.name} ${name}: ${cells.join(', ')}`)
}

/** Trains whole epochs; the unit is a step. */
function session(spec, { behind = () => [], rule = {}, fit = () => ({}) }) {
  const { net, x, y, rows, optimizer, rate } = spec
  const { sizes, batch, hidden, output } = net
  const model = new Sequential({
    layers: sizes.slice(1).flatMap((units, i) => {
      const isLast = i === sizes.length - 2
      const input = i === 0 ? { inputShape: [sizes[0]] } : {}
      const dense = layers.dense({ units, activation: isLast ? output : hidden, ...input })
      return isLast ? [dense] : [dense, ...behind()]
    }),
    seed: 1,
  })
  const loss = output === 'sigmoid' ? 'binaryCrossentropy' : 'sparseCategoricalCrossentropy'
  model.compile({ optimizer: optimizers[optimizer]({ learningRate: rate, ...rule }), loss })
  const options = { batchSize: batch, verbose: 0, threads: threads || undefined, ...fit(spec) }
  const steps = rows / batch
  return {
    leastSteps: steps,
    async train(amount) {
      const epochs = Math.max(1, Math.round(amount / steps))
      const before = process.cpuUsage()
      await model.fit(x, y, { ...options, epochs })
      const { user, system } = process.cpuUsage(before)
      const done = epochs * steps
      return values.cpu ? { done, elapsed: (user + system) / 1000 } : done
    },
    close: () => model.dispose(),
  }
}
