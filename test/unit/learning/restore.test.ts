import { describe, expect, it } from 'vitest'
import { readState, restoreCount, restoreList, restoreNumbers } from '../../../lib/learning/restore.js'

describe('restoreCount', () => {
  it('takes integers of at least 0', () => {
    expect(restoreCount(0, 'n')).toBe(0)
    for (const value of [-1, 1.5, 2 ** 53, '1', null, Number.NaN]) {
      expect(() => restoreCount(value, 'n')).toThrow('Expected an integer of at least 0 for n, but got')
    }
  })

  it('takes integers within a range', () => {
    expect(restoreCount(2, 'n', { min: 1, max: 2 })).toBe(2)
    expect(() => restoreCount(0, 'n', { min: 1, max: 2 })).toThrow('an integer from 1 to 2 for n, but got 0')
    expect(() => restoreCount(3, 'n', { max: 2 })).toThrow('an integer from 0 to 2 for n, but got 3')
  })
})

describe('restoreNumbers', () => {
  it('returns float64 numbers, with NaN where it is allowed', () => {
    expect(restoreNumbers([1, 0.1], 'list')).toEqual(new Float64Array([1, 0.1]))
    expect(restoreNumbers([1, Number.NaN], 'list', { nan: true })).toEqual(new Float64Array([1, Number.NaN]))
    expect(() => restoreNumbers([1, Number.NaN], 'list')).toThrow('a finite number for list[1], but got NaN')
  })

  it('rejects another length, entries that are no numbers, and numbers out of range', () => {
    expect(() => restoreNumbers([1], 'list', { length: 2 })).toThrow('Expected 2 entries for list, but got 1')
    expect(() => restoreNumbers([1, 'a'], 'list')).toThrow('a finite number for list[1], but got "a"')
    expect(() => restoreNumbers([0], 'list', { above: 0, nan: true })).toThrow('a finite number above 0 for list[0]')
    expect(() => restoreNumbers('12', 'list')).toThrow('Expected an array for list')
  })
})

describe('restoreList', () => {
  it('names each entry in messages', () => {
    expect(restoreList([1, 2], 'list', 2, (value, name) => `${name} ${value}`)).toEqual(['list[0] 1', 'list[1] 2'])
  })
})

describe('readState', () => {
  it('accepts an object with exactly the expected keys', () => {
    expect(readState({ a: 1 }, ['a'])).toEqual({ a: 1 })
    expect(() => readState({}, ['a'])).toThrow('Expected a in state, but it is missing.')
    expect(() => readState({ a: 1, b: 2 }, ['a'], 'part')).toThrow('Unknown option "b" for part')
    expect(() => readState([], ['a'])).toThrow('Expected an object for state')
  })
})
