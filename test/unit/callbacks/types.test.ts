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

describe('checkCallbacks', () => {
  it('accepts plain objects and instances of classes, with other properties', () => {
    const counter = {
      n: 0,
      one: 1,
      onEpochEnd() {
        this.n++
      },
    }
    const bare = Object.assign(Object.create(null), { best: 1, onTrainEnd() {} })
    const withUndefined = { onEpochEnd: undefined, onTrainEnd() {} }
    const list = [{ onProgress() {} }, counter, bare, new Stateful(), new Derived(), withUndefined]
    expect(checkCallbacks(list)).toEqual(list)
    checkCallbacks([counter])[0]!.onEpochEnd!(0, { loss: 1 })
    expect(counter.n).toBe(1)
  })

  it.each<[string, unknown, RegExp]>([
    [
      'a misspelt function',
      [{ onEpocEnd() {} }],
      /Unknown option "onEpocEnd" for callbacks\[0\]\. Did you mean onEpochEnd/,
    ],
    ['a misspelt method', [{ onTrainEnd() {} }, new Misspelt()], /"onEpocBegin" for callbacks\[1\]/],
    [
      'a function with a letter too many',
      [{ onEpochEnds() {} }],
      /Unknown option "onEpochEnds".*Did you mean onEpochEnd\?/,
    ],
    [
      'a function of another library',
      [{ onTrainEnd() {}, onBatchEnd() {} }],
      /"onBatchEnd".*It takes onTrainBegin, onTrainEnd/,
    ],
    ['a number in place of a function', [{ onEpochEnd: 5 }], /a function for onEpochEnd of callbacks\[0\], but got 5/],
    ['an object without functions', [{}], /has none/],
    ['a bare function', [() => {}], /an object with functions/],
    ['null', [null], /null/],
    ['a function in place of the array', () => {}, /a callback or an array of them/],
  ])('rejects %s', (_, value, message) => {
    expect(() => checkCallbacks(value)).toThrow(message)
  })
})
