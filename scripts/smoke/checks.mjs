/** Runs named checks one after the other and prints which one fails and why. */
export async function runChecks(checks, subject) {
  const tally = { passed: 0, failed: 0, skipped: 0 }
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(subject)
      tally.passed++
    } catch (error) {
      tally.failed++
      console.log(`failed: ${name}\n${String(error.message ?? error).replace(/^/gm, '  ')}`)
    }
  }
  return tally
}
