import { describe, expect, it } from 'vitest'
import { checkCallbacks } from '../../../lib/callbacks/types.js'

class Stateful {
  best = 0
  #count = 0
  onEpochEnd() {
    this.#count++
  }
  reset() {
    return this.#count
  }
}
class Derived extends Stateful {
  onTrainEnd() {}
}
class Misspelt {
  onEpochEnd() {}
  onEpocBegin() {}
}

describe('a callback', () => {
  it('is a plain object of functions or an instance of a class with state', () => {
    const given = [{ onProgress() {} }, new Stateful(), new Derived(), { onEpochEnd: undefined, onTrainEnd() {} }]
    expect(checkCallbacks(given)).toEqual(given)
  })

  it.each<[string, unknown, RegExp]>([
    [
      'a misspelt function',
      [{ onEpocEnd() {} }],
      /Unknown option "onEpocEnd" for callbacks\[0\]\. Did you mean onEpochEnd/,
    ],
    ['a misspelt method', [{ onTrainEnd() {} }, new Misspelt()], /"onEpocBegin" for callbacks\[1\]/],
    ['another key', [{ onEpochEnd() {}, best: 1 }], /Unknown option "best"/],
    ['no function', [{ onEpochEnd: 5 }], /a function for onEpochEnd of callbacks\[0\], but got 5/],
    ['nothing to call', [{}], /has none/],
    ['a bare function', [() => {}], /an object with functions/],
    ['null', [null], /null/],
    ['no array', { onEpochEnd() {} }, /an array of callbacks/],
  ])('is refused: %s', (_, value, message) => {
    expect(() => checkCallbacks(value)).toThrow(message)
  })
})
