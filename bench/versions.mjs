// Training speed of this checkout compared with another one, such as the version before, interleaved:
//   git clone . ../before && (cd ../before && git checkout VERSION && npm ci && npm run build); npm run build
//   node bench/versions.mjs --before ../before [--nets 2-3-1,784-30-10] [--rounds 9] [--box 300]
// Each checkout trains in a process of its own, by its own dist/ and its own bench/binaries.mjs.
import { fork } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nets, optimizers } from './cases.mjs'
import { interleave } from './measure.mjs'
import { nextMessage } from './messages.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: { before: text, nets: text, rounds: { ...text, default: '9' }, box: { ...text, default: '300' } },
})
if (values.before === undefined) throw new Error('--before is missing: the folder of the other checkout')

const folders = { before: resolve(values.before), now: fileURLToPath(new URL('..', import.meta.url)) }
const children = {}
for (const [name, folder] of Object.entries(folders)) {
  children[name] = fork(join(folder, 'bench', 'binaries.mjs'), { cwd: folder })
  console.log(`${name.padEnd(8)}${JSON.stringify(await nextMessage(children[name]))}`)
}

console.log('\nMicroseconds a step before and now, medians; time now / before (median, best and worst round)')
try {
  for (const { name, batch } of nets.filter(({ name }) => !values.nets || values.nets.split(',').includes(name))) {
    for (const optimizer of optimizers) await measure(name, batch, optimizer)
  }
} finally {
  for (const child of Object.values(children)) child.kill()
}

async function measure(name, batch, optimizer) {
  const contenders = Object.entries(children).map(([who, child]) => ({
    name: who,
    run(amount) {
      child.send({ name, optimizer, amount })
      return nextMessage(child)
    },
  }))
  const { results } = await interleave(contenders, { rounds: Number(values.rounds), boxMs: Number(values.box) })
  const [before, now] = [results.before, results.now].map(({ microseconds }) => microseconds.median)
  const { median, min, max } = results.now.ratio
  const ratios = `${median.toFixed(3)} (${min.toFixed(3)} to ${max.toFixed(3)})`
  const net = `${name} (${batch}), ${optimizer}`
  console.log(`${net.padEnd(46)}${before.toFixed(2).padStart(10)}${now.toFixed(2).padStart(11)}   ${ratios}`)
}
