import fc from 'fast-check'
import { expect, describe as group, it } from 'vitest'
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkSeed,
  checkSignal,
  checkString,
  describe,
  invalid,
  mismatch,
  optionKeys,
} from '../../../lib/base/check.js'
import { ArgumentError } from '../../../lib/base/errors.js'
import { maxFloat32 } from '../../../lib/base/matrix.js'

const name = 'the thing'
const validators: Record<string, (value: unknown) => unknown> = {
  checkNumber: (value) => checkNumber(value, name, { above: -1, below: 1e6 }),
  checkInteger: (value) => checkInteger(value, name, { min: -3, max: 3 }),
  checkSeed: (value) => checkSeed(value, name),
  checkBoolean: (value) => checkBoolean(value, name),
  checkString: (value) => checkString(value, name),
  checkOneOf: (value) => checkOneOf(value, name, ['relu', 'tanh', '0']),
  checkSignal: (value) => checkSignal(value, name),
}

const odd = fc.constantFrom<unknown>(
  ...[
    Symbol('s'),
    () => 1,
    class Layer {},
    Object.assign(() => 1, { prototype: null }),
    10n,
    new AbortController().signal,
  ],
  ...[Object.create(null), Object.create({ constructor: 5 }), Object.create({ constructor: { name: Symbol('s') } })],
  ...[
    Object.defineProperty(() => 1, 'name', { value: Symbol('s') }),
    Object.defineProperty(() => 1, 'name', { value: 5 }),
  ],
  ...[
    Object.assign(new Uint8Array(2), { constructor: undefined }),
    new DataView(new ArrayBuffer(1)),
    new Date(Number.NaN),
  ],
  ...[{ toString: 1, valueOf: 1 }, JSON.parse('{"__proto__": 1}'), 'x'.repeat(1000), '', -0, 2 ** 53, '__proto__'],
)
const anything = fc.oneof(fc.anything({ withNullPrototype: true, withBigInt: true, withTypedArray: true }), odd)

group('any value', () => {
  it.each(Object.keys(validators))(
    '%s returns any valid value and names the argument when it rejects another',
    (key) => {
      const seen = { good: 0, bad: 0 }
      const value = fc.oneof(anything, fc.integer({ min: -5, max: 5 }), fc.boolean(), fc.constantFrom('relu', '0'))
      fc.assert(
        fc.property(value, (input) => {
          try {
            expect(validators[key]!(input)).toBe(input)
            seen.good++
          } catch (error) {
            expect(error).toBeInstanceOf(ArgumentError)
            expect((error as Error).message).toMatch(/^Expected .+ for the thing.*, but got .+\.( .+[.?])?$/s)
            seen.bad++
          }
        }),
        { numRuns: 1000 },
      )
      expect(seen.good).toBeGreaterThan(0)
      expect(seen.bad).toBeGreaterThan(0)
    },
  )

  it('checkOptions accepts objects of known keys and names the argument when it rejects another value', () => {
    fc.assert(
      fc.property(anything, (input) => {
        try {
          checkOptions(input, name, ['a', 'b'])
          expect(Object.keys(input as object).filter((key) => !['a', 'b'].includes(key))).toEqual([])
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError)
          expect((error as Error).message).toMatch(/ for the thing(\. |, but got )/)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('describe puts any value into one short line', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const text = describe(input)
        expect(text).not.toBe('')
        expect(text).not.toContain('\n')
      }),
    )
    expect(describe('x'.repeat(1000))).toHaveLength(62)
    expect(describe(new Float64Array(3))).toBe('a Float64Array of 24 bytes')
    expect(describe(new Map())).toBe('an object (Map)')
    expect(describe(Object.create(null))).toBe('an object (no prototype)')
  })
})

group('a number', () => {
  it.each<[() => unknown, string]>([
    [() => checkInteger(2, 'verbose', { min: 0, max: 1 }), 'an integer from 0 to 1 for verbose, but got 2.'],
    [
      () => checkNumber(1, 'momentum', { min: 0, below: 1 }),
      'a finite number from 0 to below 1 for momentum, but got 1.',
    ],
    [
      () => checkNumber(-1, 'rate', { min: 0, max: maxFloat32 }),
      'a finite number from 0 to 3.4e38 for rate, but got -1.',
    ],
    [() => checkInteger(0, 'epochs', { min: 1 }), 'an integer of at least 1 for epochs, but got 0.'],
    [() => checkNumber(0, 'timeLimit', { above: 0 }), 'a finite number above 0 for timeLimit, but got 0.'],
    [() => checkNumber(Number.NaN, 'rate'), 'a finite number for rate, but got NaN.'],
    [() => checkSeed(-1), 'an integer of at least 0 for seed, but got -1.'],
  ])('rejects a number out of range and says the range: %s', (check, message) => {
    expect(check).toThrow(new ArgumentError(`Expected ${message}`))
  })

  it('accepts a number at min and max, but not at above and below', () => {
    expect(checkNumber(0, name, { min: 0, max: 0 })).toBe(0)
    expect(() => checkNumber(0, name, { above: 0 })).toThrow()
    expect(() => checkNumber(0, name, { below: 0 })).toThrow()
  })
})

group('a message', () => {
  it('puts the last clause of what was expected behind the name', () => {
    expect(invalid('inputShape', 'an array of one size, such as [784]', 5).message).toBe(
      'Expected an array of one size for inputShape (such as [784]), but got 5.',
    )
    expect(mismatch('y', '3 rows, as many as x has', '2 rows', 'Look.').message).toBe(
      'Expected 3 rows for y (as many as x has), but got 2 rows. Look.',
    )
    expect(invalid('activation', 'one of linear, relu', 5).message).toBe(
      'Expected one of linear, relu for activation, but got 5.',
    )
  })
})

const words = [
  ...['epochs', 'batchSize', 'learningRate', 'validationSplit', 'relu', 'softmax', 'sigmoid', 'tanh', 'adam', 'seed'],
  ...['onEpochBegin', 'onEpochEnd', 'onTrainEnd', 'sparseCategoricalCrossentropy', 'categoricalCrossentropy'],
]

group('a misspelt word', () => {
  it.each([
    ['epoch', 'epochs'],
    ['batchsize', 'batchSize'],
    ['batch_size', 'batchSize'],
    ['learningrate', 'learningRate'],
    ['learing_rate', 'learningRate'],
    ['validationsplit', 'validationSplit'],
    ['softmx', 'softmax'],
    ['sigmiod', 'sigmoid'],
    ['rleu', 'relu'],
    ['adma', 'adam'],
    ['sed', 'seed'],
    ['onEpochEnds', 'onEpochEnd'],
    ['sparseCategoricalCrossEntropy', 'sparseCategoricalCrossentropy'],
  ])('a misspelt key or choice suggests the right one: %s', (word, right) => {
    expect(() => checkOneOf(word, name, words)).toThrow(`Did you mean ${right}?`)
    expect(() => checkOptions({ [word]: 1 }, name, words)).toThrow(`Did you mean ${right}?`)
  })

  it.each([
    ['mse', 'meanSquaredError'],
    ['MAE', 'meanAbsoluteError'],
    ['bce', 'binaryCrossentropy'],
    ['KLDivergence', 'kullbackLeibler'],
    ['kullback_leibler_divergence', 'kullbackLeibler'],
    ['swish', 'silu'],
    ['acc', 'accuracy'],
    ['kaiming_uniform', 'heUniform'],
    ['random_state', 'seed'],
    ['lr', 'learningRateInit'],
    ['n_jobs', 'concurrency'],
  ])('a name of another library suggests the one here: %s', (word, right) => {
    expect(() => checkOneOf(word, name, ['relu', right])).toThrow(`Did you mean ${right}?`)
    expect(() => checkOneOf(word, name, ['relu', 'adam'])).toThrow(/^(?!.*Did you mean)/)
  })

  it.each(['gelu', 'elu', 'selu', 'mish', 'softplus', 'onBatchEnd', 'sampleWeight', 'nadam', 'x', ''])(
    'another word suggests nothing: %s',
    (word) => {
      expect(() => checkOneOf(word, name, words)).toThrow(/^(?!.*Did you mean)/)
      expect(() => checkOptions({ [word]: 1 }, name, words)).toThrow(/It takes epochs, batchSize/)
    },
  )

  it('suggests the right word after any single typo behind the first letter', () => {
    const typo = fc
      .constantFrom(...words)
      .chain((word) =>
        fc.record({ word: fc.constant(word), at: fc.integer({ min: 1, max: word.length - 1 }), kind: fc.nat(3) }),
      )
    fc.assert(
      fc.property(typo, ({ word, at, kind }) => {
        const [head, letter, tail] = [word.slice(0, at), word[at]!, word.slice(at + 1)]
        const next = at + 1 < word.length ? `${tail[0]}${letter}${tail.slice(1)}` : tail
        const wrong = head + [tail, `#${tail}`, `${letter}#${tail}`, next][kind]
        // A typo may give another of the words or the word itself, as when two equal letters are swapped.
        fc.pre(!words.includes(wrong))
        expect(() => checkOneOf(wrong, name, words)).toThrow(`Did you mean ${word}?`)
      }),
    )
  })
})

group('optionKeys', () => {
  interface Options {
    rate: number
    path?: string | undefined
  }

  it('returns the keys of an interface in the order of the table', () => {
    expect(optionKeys<Options>({ rate: true, path: true })).toEqual(['rate', 'path'])
  })

  it('does not compile where a key is missing or unknown', () => {
    // @ts-expect-error: path is missing.
    const missing = optionKeys<Options>({ rate: true })
    // @ts-expect-error: no option is called step.
    const unknown = optionKeys<Options>({ rate: true, path: true, step: true })
    expect([missing, unknown]).toHaveLength(2)
  })
})
