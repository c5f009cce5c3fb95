// The products of a training step by our kernels, OpenBLAS and given libraries, on one thread, each shape by its
// own: shows where a bound takes the slower one, and where a library is faster than both.
//   node bench/products.mjs [--nets 784-128-10,784-512-512-10] [--libraries /path/libmkl_rt.so,/path/libdnnl.so] [--json path]
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { nets } from './cases.mjs'
import { readOptions } from './options.mjs'
import { writeJson } from './report.mjs'
import { openRoof } from './roof.mjs'

/** A bound is called wrong from this ratio of times on; smaller ones are noise. */
const clearly = 1.1

const { values } = parseArgs({
  options: { nets: { type: 'string' }, libraries: { type: 'string' }, json: { type: 'string' } },
})
const { nets: chosen } = readOptions(values.nets === undefined ? [] : ['--nets', values.nets])
const report = { date: new Date().toISOString().slice(0, 10), cpu: cpus()[0]?.model, nets: {} }
let roof
try {
  roof = openRoof({ libraries: values.libraries?.split(',') })
  for (const net of nets.filter(({ name }) => chosen.includes(name))) {
    report.nets[net.name] = await roof.fastest(net)
    print(net, report.nets[net.name])
  }
  if (values.json) writeJson(values.json, report)
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
roof?.close()

function print({ name, batch }, products) {
  const columns = Object.keys(products[0].microseconds)
  console.log(`\n${name}, batch ${batch}: multiply-adds a nanosecond`)
  console.log(`  ${'product'.padEnd(26)}${columns.map((column) => column.padStart(16)).join('')}`)
  for (const product of products) {
    const rates = columns.map((column) => rateOf(product, column).toFixed(1).padStart(16))
    console.log(`  ${product.product.padEnd(26)}${rates.join('')}  ${verdictOf(product)}`)
  }
}

function rateOf({ shape, microseconds }, by) {
  return (shape.reduce((all, n) => all * n) * 1e-3) / microseconds[by]
}

function verdictOf({ takes, microseconds }) {
  const fastest = Object.keys(microseconds).reduce((a, b) => (microseconds[a] <= microseconds[b] ? a : b))
  const ratio = microseconds[takes] / microseconds[fastest]
  if (ratio < clearly) return `takes ${takes}`
  return `takes ${takes}; ${fastest} is ${ratio.toFixed(2)} times as fast`
}
