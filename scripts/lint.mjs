// Checks format and style of the whole tree: node scripts/lint.mjs [--fix]
// Every check runs, even if one has failed; --fix applies the formatters.
import { checks } from './lint/checks.mjs'

const fix = process.argv.includes('--fix')
const failed = []

for (const { name, run } of checks) {
  const start = Date.now()
  process.stdout.write(`lint: ${name} ... `)
  const problems = await run(fix)
  const seconds = Math.round((Date.now() - start) / 1000)
  console.log(problems === '' ? `ok (${seconds} s)` : `failed (${seconds} s)\n${problems}`)
  if (problems !== '') failed.push(name)
}

console.log(failed.length === 0 ? `lint: all ${checks.length} checks passed` : `lint: failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
