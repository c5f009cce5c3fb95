// Runs the tests: node scripts/test.mjs [--cpp | --ts | --package]
// The C++ tests run once; the TypeScript suite runs in processes, its part that trains again in worker threads; what computes runs again
// on each of the other kernels that this CPU has; the package is packed, installed and tried with each line of Node.
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
