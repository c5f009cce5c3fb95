import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { ours } from './peers/index.mjs'

export function describeMachine(opened) {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    native: opened[ours].native,
  }
}

export function printOpening({ cpu, cores, node, native, peers, missing, selfCheck, rounds, boxMs }) {
  console.log(`${cpu}, ${cores} cores, Node ${node}`)
  console.log(`${native.blas} (${native.blasKernels}), our kernels: ${native.kernels}`)
  for (const [name, version] of Object.entries(peers)) console.log(`  ${name.padEnd(14)} ${version}`)
  for (const [name, message] of Object.entries(missing)) console.log(`  ${name.padEnd(14)} missing: ${message}`)
  printSelfCheck(selfCheck)
  console.log(
    `Medians of ${rounds} rounds of about ${boxMs} ms each, in turn; x: peer's time / ours (smallest - largest).`,
  )
}

function printSelfCheck(entries) {
  const wrong = entries.filter(({ agrees }) => !agrees)
  const largest = Math.max(0, ...entries.map((entry) => Math.abs(entry.loss - entry.ours)))
  if (entries.length > 0 && wrong.length === 0) {
    console.log(
      `Same work: ${entries.length} losses after equal steps agree with ours within ${largest.toExponential(1)}.`,
    )
  }
  for (const { net, optimizer, peer, ours: own, loss } of wrong) {
    console.log(`NOT the same work: ${net} ${optimizer}: ${peer} comes to a loss of ${loss}, we to ${own}.`)
  }
}

export function printCase({ net, batch, optimizer, kind, results, roof }) {
  const title = kind === 'train' ? `${optimizer}, batch ${batch}, us a step` : 'predicting, us a row'
  console.log(`\n${net}, ${title}`)
  for (const [name, { microseconds, ratio }] of Object.entries(results)) {
    const beside =
      name === ours
        ? `(${digits(microseconds.min)} - ${digits(microseconds.max)})`
        : `x ${digits(ratio.median).padStart(7)}  (${digits(ratio.min)} - ${digits(ratio.max)})`
    console.log(`  ${name.padEnd(14)} ${digits(microseconds.median).padStart(10)}  ${beside}`)
  }
  if (roof) printRoof(roof)
}

function printRoof({ productsMicroseconds, togetherMicroseconds, share, shareTogether, gflops, shareOfPeak }) {
  const time = ({ median }) => digits(median).padStart(9)
  const both = ({ median, best }) => `${percent(median)}, best ${percent(best)}`
  console.log(
    `  bare products  ${time(productsMicroseconds)}  on one thread: share of the roof ${both(share)}; ` +
      `${digits(gflops.median)} GFLOP/s, ${percent(shareOfPeak)} of the peak`,
  )
  console.log(`  on all at once ${time(togetherMicroseconds)}  of a step by all cores: share ${both(shareTogether)}`)
}

export const percent = (value) => `${digits(value * 100)} %`

export function printClosing({ cases, failed, overhead }) {
  console.log()
  for (const { net, optimizer, kind, peer, message } of failed) {
    console.log(`Failed: ${peer} in ${kind} ${net} ${optimizer ?? ''}: ${message}`)
  }
  if (overhead) printOverhead(overhead)
  const lost = cases.flatMap(({ net, optimizer, kind, results }) =>
    Object.entries(results)
      .filter(([name, { ratio }]) => name !== ours && ratio.median < 1)
      .map(([name]) => `${name} at ${kind} ${net} ${optimizer ?? ''}`.trim()),
  )
  console.log(lost.length === 0 ? 'Faster than every peer that ran, everywhere.' : `Slower than ${lost.join('; ')}.`)
}

export function printOverhead({ net, batch, optimizer, rows, fit, core, setUp, ratio, ratioWithoutCopy }) {
  const longer = (value) => `${((value - 1) * 100).toFixed(1)} %`
  const range = ({ median, min, max }) => `${longer(median)} (${longer(min)} - ${longer(max)})`
  const ms = (name, { median }) => `${name} ${median.toFixed(0)} ms`
  console.log(`The facade over the bare core, ${net}, ${optimizer}, batch ${batch}, an epoch of ${rows} rows:`)
  console.log(`  ${range(ratio)}; without the copy of the data ${range(ratioWithoutCopy)}`)
  console.log(`  ${ms('fit', fit)}, ${ms('core', core)}, ${ms('of which the copy', setUp)}`)
}

export function writeJson(path, report) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(report, rounded, 2)}\n`)
  console.log(`Written to ${path}`)
}

/** Five digits are more than the precision of a timing. */
const rounded = (_key, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value

export function digits(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value.toPrecision(value >= 1 ? 3 : 2)
}
