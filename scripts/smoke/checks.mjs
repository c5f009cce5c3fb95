/** Runs named checks, some at a time, and prints which one fails and why. */
export async function runChecks(checks, subject, atATime = 1) {
  const tally = { passed: 0, failed: 0, skipped: 0 }
  const waiting = Object.entries(checks)
  const run = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, check] = next
      try {
        await check(subject)
        tally.passed++
      } catch (error) {
        tally.failed++
        console.log(`failed: ${name}\n${String(error.message ?? error).replace(/^/gm, '  ')}`)
      }
    }
  }
  await Promise.all(Array.from({ length: atATime }, run))
  return tally
}
