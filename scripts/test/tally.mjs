/** The sum of several { passed, failed, skipped }. */
export function addUp(tallies) {
  const sum = (key) => tallies.reduce((total, tally) => total + tally[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

export function toText({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * The results of ctest. A run without a summary, or with an exit code that contradicts it, is a failure:
 * output that cannot be parsed must not pass.
 */
export function tallyCtest(text, exitCode) {
  const summary = /^\d+% tests passed, (\d+) tests? failed out of (\d+)/m.exec(text)
  if (!summary) return { passed: 0, failed: 1, skipped: 0 }
  const [failed, total] = [Number(summary[1]), Number(summary[2])]
  const skipped = text.match(/^\s*\d+\/\d+ Test\s+#\d+:.*\*\*\*Skipped/gm)?.length ?? 0
  const missed = failed === 0 && exitCode !== 0 ? 1 : 0
  return { passed: total - failed - skipped, failed: failed + missed, skipped }
}

/**
 * The results of several vitest runs, each test counted once: failed if one run failed it, skipped if every run skipped it.
 * A file that could not run is one failure; so is a run that failed for another reason, a run without tests, and a selected path
 * that no test file has: what did not run must not pass.
 */
export function tallyVitest(runs) {
  const states = new Map()
  for (const { report, exitCode, selected = [] } of runs) {
    const seen = report ? statesOf(report) : []
    for (const path of missing(selected, report)) {
      console.error(`No test file has the path ${path}, which scripts/test/typescript.mjs selects.`)
      seen.push([`selected ${path}`, 'failed'])
    }
    if ((exitCode !== 0 || seen.length === 0) && !seen.some(([, state]) => state === 'failed'))
      seen.push(['the run itself', 'failed'])
    for (const [test, state] of seen) states.set(test, worse(states.get(test), state))
  }
  const count = (state) => [...states.values()].filter((value) => value === state).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

function missing(selected, report) {
  const files = report?.testResults.map(({ name }) => name.replaceAll('\\', '/')) ?? []
  return selected.filter((path) => !files.some((file) => file.includes(path)))
}

function statesOf(report) {
  return report.testResults.flatMap((file) => {
    const tests = file.assertionResults.map((test, i) => [`${file.name} ${i} ${test.fullName}`, stateOf(test.status)])
    const broken = file.status === 'failed' && !tests.some(([, state]) => state === 'failed')
    return broken ? [...tests, [file.name, 'failed']] : tests
  })
}

function stateOf(status) {
  return status === 'passed' || status === 'failed' ? status : 'skipped'
}

function worse(a, b) {
  const order = ['skipped', 'passed', 'failed']
  return order.indexOf(a) > order.indexOf(b) ? a : b
}
