import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDuplicateKey } from '../../../lib/files/json-keys.js'

describe('findDuplicateKey', () => {
  it.each<[string, string | undefined]>([
    ['{}', undefined],
    ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', undefined],
    ['{"a":"a","b":"a"}', undefined],
    ['["a","a"]', undefined],
    ['{"a":["b","b"],"b":"\\",\\"a\\":"}', undefined],
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061" \n\t:2}', 'a'],
    ['{"x":[[{"q\\"":1,"q\\"":2}]]}', 'q"'],
    ['{"a":{"b":1},"c":[],"a":2}', 'a'],
    ['{"":1,"":2}', ''],
  ])('%s', (text, key) => {
    JSON.parse(text)
    expect(findDuplicateKey(text)).toBe(key)
  })

  it('findDuplicateKey finds nothing in the output of JSON.stringify', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => findDuplicateKey(JSON.stringify(value, null, 1)) === undefined))
  })

  it('findDuplicateKey reads long strings', () => {
    expect(findDuplicateKey(`{"a":"${'\\\\'.repeat(5e6)}","a":1}`)).toBe('a')
  })
})
