// Checks an installed perceptra, on any system, with Node alone: node main.mjs, in a project that has installed it. Prints TAP;
// the exit code is 1 when a check fails. SMOKE_BINARY is the expected end of the native part's path.
import { checks as cancel } from './cancel.mjs'
import { checks as data } from './data.mjs'
import { checks as distributed } from './distributed.mjs'
import { checks as errors } from './errors.mjs'
import { checks as estimator } from './estimator.mjs'
import { checks as interchange } from './interchange.mjs'
import { checks as loading } from './loading.mjs'
import { checks as report } from './report.mjs'
import { checks as save } from './save.mjs'
import { checks as serving } from './serving.mjs'
import { checks as threads } from './threads.mjs'
import { checks as values } from './values.mjs'

const all = Object.entries({
  ...loading,
  ...values,
  ...cancel,
  ...save,
  ...estimator,
  ...interchange,
  ...distributed,
  ...report,
  ...serving,
  ...data,
  ...errors,
  ...threads,
})

console.log(`1..${all.length}`)
let failed = 0
for (const [i, [name, check]] of all.entries()) {
  try {
    await check()
    console.log(`ok ${i + 1} - ${name}`)
  } catch (error) {
    failed++
    console.log(`not ok ${i + 1} - ${name}\n${String(error.stack ?? error).replace(/^/gm, '# ')}`)
  }
}
// Not process.exit(): the process has to end by itself.
process.exitCode = failed > 0 ? 1 : 0
