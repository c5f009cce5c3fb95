// A random search of 60 candidates on the phoneme data, 5 folds each, interleaved: in a process with one core, in one with
// all cores and one fit at a time, and in one with all cores. Prints whether they find the same winner, the delay of the event loop,
// and how long a cancelled search takes to resolve.
//   node bench/search.mjs [--dir path/to/phoneme] [--rounds 3] [--candidates 60] [--json path]
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { LineChild } from './line-child.mjs'
import { ours } from './peers/index.mjs'
import { open } from './peers/perceptra.mjs'
import { describeMachine, digits, writeJson } from './report.mjs'
import { median, ratios, spread } from './statistics.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    dir: { ...text, default: path('../../shared/data/phoneme') },
    rounds: { ...text, default: '3' },
    candidates: { ...text, default: '60' },
    json: text,
  },
})
// Only a complete run may provide figures for the documentation.
const isWhole = process.argv.slice(2).every((word) => !/^--(rounds|candidates)\b/.test(word))
const json = values.json ?? path(`results/${isWhole ? '' : 'local-'}search.json`)
const cores = availableParallelism()
const [rounds, nCandidates] = [Number(values.rounds), Number(values.candidates)]

const all = `${cores} cores`
const contenders = { [all]: {}, [`${all}, one fit at a time`]: { concurrency: 1 } }
// If only one thread trains, the other core runs the event loop and the garbage collector.
const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0
if (canPin) contenders['one core'] = { concurrency: 1, pinned: true }
else console.log('There is no taskset: no process is kept on one core.')

for (const contender of Object.values(contenders)) contender.child = start(contender)
const ask = async ({ child, concurrency }, options) =>
  JSON.parse(await child.ask(JSON.stringify({ concurrency, ...options })))

// The first run compiles and allocates; it is not counted.
for (const contender of Object.values(contenders)) await ask(contender, { nCandidates: 2 })
const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, contender] of Object.entries(contenders)) runs[name].push(await ask(contender, { nCandidates }))
}
// More candidates than can finish by then.
const cancelMs = []
for (const cancelAfter of [300, 700, 1100]) {
  cancelMs.push((await ask(contenders[all], { nCandidates: 2000, cancelAfter })).cancelMs)
}
for (const { child } of Object.values(contenders)) child.close()

console.log(
  `${nCandidates} candidates of an MLPClassifier on phoneme, 5 folds each; medians of ${rounds} rounds, in turn`,
)
const seconds = (name) => runs[name].map((run) => run.seconds)
const ratio = {}
for (const name of Object.keys(contenders)) {
  ratio[name] = ratios(seconds(name), seconds(all))
  const { median: times, min, max } = ratio[name]
  const beside = name === all ? '' : `, x ${digits(times)} (${digits(min)} - ${digits(max)})`
  console.log(`  ${name.padEnd(20)} ${digits(median(seconds(name)))} s${beside}`)
}
const winners = new Set(Object.values(runs).flatMap((list) => list.map(({ best }) => JSON.stringify(best))))
const delayMs = median(runs[all].map((run) => run.delayMs))
console.log(
  `  the winner is ${winners.size === 1 ? 'the same each time' : 'NOT the same'}: ${[...winners].join(' | ')}`,
)
console.log(`  the event loop on ${all}: 99 % of its turns are late by less than ${digits(delayMs)} ms`)
console.log(`  cancelled, it rejects within ${digits(Math.max(...cancelMs))} ms`)
const summary = { ratio, sameWinner: winners.size === 1, delayMs, cancelMs: spread(cancelMs) }
writeJson(json, { ...describeMachine({ [ours]: await open() }), nCandidates, rounds, summary, runs })

function start({ pinned }) {
  const own = [process.execPath, path('search/child.mjs'), values.dir]
  const [program, ...args] = pinned ? ['taskset', '-c', '0', ...own] : own
  return new LineChild(program, args)
}
