// Runs the tests: node scripts/test.mjs [--cpp | --ts]
// The C++ tests run once; the TypeScript suite runs in processes and again in worker threads.
import { testCpp } from './test/cpp.mjs'
import { addUp, toText } from './test/tally.mjs'
import { testTypeScript } from './test/typescript.mjs'

const only = process.argv[2]
if (only !== undefined && only !== '--cpp' && only !== '--ts') {
  console.error(`test: unknown option ${only}; there are --cpp and --ts`)
  process.exit(2)
}

const parts = []
if (only !== '--ts') parts.push({ name: 'C++', ...(await testCpp()) })
if (only !== '--cpp') parts.push({ name: 'TypeScript (processes and threads)', ...testTypeScript() })

console.log()
for (const part of parts) console.log(`${part.name}: ${toText(part)}`)
const total = addUp(parts)
console.log(toText(total))
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
