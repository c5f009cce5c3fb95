import { expect, it } from 'vitest'
import { tallyTap } from '../../../scripts/smoke/tap.mjs'

it.each([
  ['all well', '1..2\nok 1 - a\n# a note\nok 2 - b\n', 0, 2, 0],
  ['one not', '1..2\nok 1 - a\nnot ok 2 - b\n# why\n', 1, 1, 1],
  ['one that a crash took away', '1..3\nok 1 - a\n', 139, 1, 2],
  ['a crash after the last', '1..1\nok 1 - a\n', 139, 1, 1],
  ['an early end with 0', '1..2\nok 1 - a\n', 0, 1, 1],
  ['nothing at all', '', 0, 0, 1],
  ['lines of Windows', '1..1\r\nok 1 - a\r\n', 0, 1, 0],
])('%s', (_, text, code, passed, failed) => {
  expect(tallyTap(text, code)).toEqual({ passed, failed, skipped: 0 })
})
