import { describe, expect, it, vi } from 'vitest'
import { addUp, tallyCtest, tallyVitest, toText, type VitestRun } from '../../../scripts/test/tally.mjs'

function run(
  exitCode: number,
  tests: Record<string, string>,
  status = exitCode === 0 ? 'passed' : 'failed',
): VitestRun {
  const assertionResults = Object.entries(tests).map(([fullName, status]) => ({ fullName, status }))
  return { exitCode, report: { testResults: [{ name: 'a.test.ts', status, assertionResults }] } }
}

describe('tallyVitest', () => {
  it('counts a test once that passed in every run', () => {
    const both = run(0, { one: 'passed', two: 'passed', three: 'pending' })
    expect(tallyVitest([both, both])).toEqual({ passed: 2, failed: 0, skipped: 1 })
  })

  it('counts a test as failed that failed in one run', () => {
    const runs = [run(0, { one: 'passed', two: 'passed' }), run(1, { one: 'passed', two: 'failed' })]
    expect(tallyVitest(runs)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('keeps tests of one name apart', () => {
    const report = run(1, { one: 'passed' }).report
    report?.testResults[0]?.assertionResults.push({ fullName: 'one', status: 'failed' })
    expect(tallyVitest([{ exitCode: 1, report }])).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('counts a file that could not be loaded as one failure', () => {
    expect(tallyVitest([run(1, {})])).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('counts a run as failed that ended badly though its tests passed, or left no report', () => {
    expect(tallyVitest([run(1, { one: 'passed' }, 'passed')])).toEqual({ passed: 1, failed: 1, skipped: 0 })
    expect(tallyVitest([{ exitCode: 1, report: undefined }])).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('counts a run without tests as failed, whatever its exit code', () => {
    const one = run(0, { one: 'passed' })
    for (const report of [undefined, { testResults: [] }]) {
      expect(tallyVitest([one, { exitCode: 0, report }])).toEqual({ passed: 1, failed: 1, skipped: 0 })
    }
  })

  it('counts a selected path as failed that no test file has', () => {
    const error = vi.spyOn(console, 'error').mockReturnValue()
    const selected = ['a.test', 'moved/']
    expect(tallyVitest([{ ...run(0, { one: 'passed' }), selected }])).toEqual({ passed: 1, failed: 1, skipped: 0 })
    expect(error).toHaveBeenCalledWith(expect.stringContaining('moved/'))
    error.mockRestore()
  })
})

describe('tallyCtest', () => {
  const summary = (failed: number, total: number) =>
    `\n${total - failed}% tests passed, ${failed} tests failed out of ${total}\n`

  it('reads the summary', () => {
    expect(tallyCtest(summary(0, 12), 0)).toEqual({ passed: 12, failed: 0, skipped: 0 })
    expect(tallyCtest(summary(3, 12), 8)).toEqual({ passed: 9, failed: 3, skipped: 0 })
  })

  it('tells skipped tests from passed ones', () => {
    const text = ` 1/2 Test  #1: double.A.B ........***Skipped   0.00 sec\n${summary(0, 2)}`
    expect(tallyCtest(text, 0)).toEqual({ passed: 1, failed: 0, skipped: 1 })
  })

  it('takes a missing summary or a bad exit for a failure', () => {
    expect(tallyCtest('No tests were found!!!', 8)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(tallyCtest(summary(0, 2), 1)).toEqual({ passed: 2, failed: 1, skipped: 0 })
  })
})

it('closes on one plain line', () => {
  const total = addUp([
    { passed: 2, failed: 0, skipped: 0 },
    { passed: 5, failed: 1, skipped: 3 },
  ])
  expect(toText(total)).toBe('7 passed, 1 failed, 3 skipped')
  expect(toText({ passed: 7, failed: 0, skipped: 0 })).toBe('7 passed, 0 failed')
})
