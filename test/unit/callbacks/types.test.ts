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
  it('is a plain object or an instance of a class, with state of its own', () => {
    const counter = {
      n: 0,
      one: 1,
      onEpochEnd() {
        this.n++
      },
    }
    const bare = Object.assign(Object.create(null), { best: 1, onTrainEnd() {} })
    const sparing = { onEpochEnd: undefined, onTrainEnd() {} }
    const given = [{ onProgress() {} }, counter, bare, new Stateful(), new Derived(), sparing]
    expect(checkCallbacks(given)).toEqual(given)
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
    ['one letter too many', [{ onEpochEnds() {} }], /Unknown option "onEpochEnds".*Did you mean onEpochEnd\?/],
    [
      'one of another library',
      [{ onTrainEnd() {}, onBatchEnd() {} }],
      /"onBatchEnd".*It takes onTrainBegin, onTrainEnd/,
    ],
    ['no function', [{ onEpochEnd: 5 }], /a function for onEpochEnd of callbacks\[0\], but got 5/],
    ['nothing to call', [{}], /has none/],
    ['a bare function', [() => {}], /an object with functions/],
    ['null', [null], /null/],
    ['no array', { onEpochEnd() {} }, /an array of callbacks/],
  ])('is refused: %s', (_, value, message) => {
    expect(() => checkCallbacks(value)).toThrow(message)
  })
})
