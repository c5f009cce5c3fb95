// The element-wise kernels, table by table (baseline, AVX2, AVX-512, NEON) and compiler by compiler:
//   cmake -S . -B build/bench -DPERCEPTRA_BUILD_BENCH=ON && cmake --build build/bench --target perceptra_kernels
//   node bench/kernels.mjs [--build gcc=build/bench --build clang=build/bench-clang] [--rounds 3]
// Fails if a kernel is slower in a table than in the one below it, if silu takes more than three times the time
// of sigmoid, or if one compiler's kernel takes more than twice the time of another's.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    build: { type: 'string', multiple: true, default: ['c++=build/bench'] },
    rounds: { type: 'string', default: '3' },
  },
})
const noise = 1.15 // a kernel that is bound by memory is as fast in two tables, within this factor

const compilers = values.build.map((build) => build.split('='))
const times = new Map() // kernel -> compiler/table -> least nanoseconds a number
const columns = new Set()
for (let round = 0; round < Number(values.rounds); ++round) {
  for (const [compiler, folder] of compilers) {
    const lines = execFileSync(join(folder, 'cpp/bench/perceptra_kernels'), { encoding: 'utf8' }).trim().split('\n')
    for (const [kernel, table, ns] of lines.map((line) => line.split(' '))) {
      const column = `${compiler}/${table}`
      columns.add(column)
      if (!times.has(kernel)) times.set(kernel, new Map())
      const row = times.get(kernel)
      row.set(column, Math.min(Number(ns), row.get(column) ?? Number.POSITIVE_INFINITY))
    }
  }
}

console.log(`Nanoseconds a number${[...columns].map((column) => column.padStart(16)).join('')}`)
for (const [kernel, row] of times) {
  console.log(`${kernel.padEnd(28)}${[...row.values()].map((ns) => ns.toFixed(3).padStart(10)).join('      ')}`)
}

const faults = [...times].flatMap(([kernel, row]) => [...slowTables(kernel, row), ...slowCompilers(kernel, row)])
for (const column of columns) {
  const [silu, sigmoid] = ['silu', 'sigmoid'].map((kernel) => times.get(kernel).get(column))
  if (silu > 3 * sigmoid) faults.push(`silu takes ${(silu / sigmoid).toFixed(1)} times sigmoid's time in ${column}`)
}
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function* slowTables(kernel, row) {
  for (const [compiler] of compilers) {
    const tables = [...row].filter(([column]) => column.startsWith(`${compiler}/`))
    for (let k = 1; k < tables.length; ++k) {
      const [[below, slower], [above, ns]] = [tables[k - 1], tables[k]]
      if (ns > noise * slower) yield `${kernel} is slower in ${above} (${ns} ns) than in ${below} (${slower} ns)`
    }
  }
}

function* slowCompilers(kernel, row) {
  for (const [column, ns] of row) {
    const table = column.split('/')[1]
    const least = Math.min(...[...row].filter(([other]) => other.endsWith(`/${table}`)).map(([, time]) => time))
    if (ns > 2 * least) yield `${kernel} takes ${ns} ns in ${column}, ${least} ns by another compiler`
  }
}
