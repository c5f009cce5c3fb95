// Runs the tests: node scripts/test.mjs [--cpp | --ts | --package]
// The TypeScript tests run in processes, and those that train in worker threads too. Numeric tests, C++ and TypeScript, run once more
// for each other table of kernels that this CPU supports. The package is packed, installed and tested with each line of Node.
import { testCpp } from './test/cpp.mjs'
import { testPackage } from './test/package.mjs'
import { addUp, toText } from './test/tally.mjs'
import { testTypeScript } from './test/typescript.mjs'

const stages = {
  '--cpp': { name: 'C++ (all kernels)', run: testCpp },
  '--ts': { name: 'TypeScript (processes, threads, kernels)', run: testTypeScript },
  '--package': { name: 'The package, installed', run: testPackage },
}

const only = process.argv[2]
if (only !== undefined && !Object.hasOwn(stages, only)) {
  console.error(`test: unknown option ${only}; there are ${Object.keys(stages).join(', ')}`)
  process.exit(2)
}

const parts = []
for (const [option, { name, run }] of Object.entries(stages)) {
  if (only === undefined || only === option) parts.push({ name, ...(await run()) })
}

console.log()
for (const part of parts) console.log(`${part.name}: ${toText(part)}`)
const total = addUp(parts)
console.log(toText(total))
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
