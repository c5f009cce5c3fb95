import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  booleanReader,
  type Choices,
  makeChoice,
  numberReader,
  readChoice,
  seedReader,
} from '../../../lib/base/choice.js'
import { ArgumentError } from '../../../lib/base/errors.js'

type Pace =
  | { readonly name: 'plain' }
  | { readonly name: 'rich'; readonly rate: number; readonly fast: boolean; readonly seed?: number }
const choices: Choices<Pace> = {
  plain: {},
  rich: { rate: numberReader(0.5, { min: 0, max: 1 }), fast: booleanReader(false), seed: seedReader },
}
const read = (value: unknown) => readChoice(value, 'shape', choices)

describe('a choice', () => {
  it('readChoice takes a name, with defaults, or an object with parameters', () => {
    expect(read('plain')).toEqual({ name: 'plain' })
    expect(read('rich')).toEqual({ name: 'rich', rate: 0.5, fast: false })
    expect(read({ name: 'rich', rate: 1, seed: 7, fast: undefined })).toEqual({
      name: 'rich',
      rate: 1,
      fast: false,
      seed: 7,
    })
    expect(Object.isFrozen(read('rich'))).toBe(true)
  })

  it('makeChoice returns a choice that reads back unchanged', () => {
    const made = makeChoice('rich', { rate: 0 }, 'shape', choices)
    expect(made).toEqual({ name: 'rich', rate: 0, fast: false })
    expect(read(made)).toEqual(made)
  })

  it.each<[string, unknown, RegExp]>([
    ['an unknown name', 'round', /one of plain, rich for shape, but got "round"\.$/],
    ['a misspelt name', 'rihc', /Did you mean rich\?/],
    ['a key of Object', 'constructor', /one of plain, rich for shape/],
    ['a number as the name', { name: 5 }, /for shape, but got 5/],
    ['a factory that was not called', function plain() {}, /Call it: plain\(\)/],
    ['an unknown parameter', { name: 'rich', rat: 1 }, /Unknown option "rat" for shape rich\. Did you mean rate\?/],
    ['a parameter of another choice', { name: 'plain', rate: 1 }, /for shape plain\. It takes no options/],
    ['a wrong parameter', { name: 'rich', rate: 2 }, /a finite number from 0 to 1 for rate of rich, but got 2/],
    ['null for a default', { name: 'rich', fast: null }, /true or false for fast of rich, but got null/],
    ['a list', ['plain'], /for shape, but got an array of 1/],
    ['undefined', undefined, /for shape, but got undefined/],
  ])('readChoice rejects %s', (_, value, message) => {
    expect(() => read(value)).toThrow(message)
  })

  it('makeChoice rejects an option called name', () => {
    expect(() => makeChoice('plain', { name: 'rich' }, 'shape', choices)).toThrow(/Unknown option "name"/)
  })

  it('readChoice accepts any valid value and names the choice when it rejects another', () => {
    const parameter = fc.oneof(fc.anything({ withNullPrototype: true }), fc.double({ min: 0, max: 1 }), fc.boolean())
    const value = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record(
        { name: fc.constantFrom('plain', 'rich', 'constructor'), rate: parameter, fast: parameter, seed: parameter },
        { requiredKeys: ['name'] },
      ),
      fc.constantFrom<unknown>('plain', 'rich', '__proto__', JSON.parse('{"name": "rich", "__proto__": {"rate": 2}}')),
    )
    fc.assert(
      fc.property(value, (input) => {
        try {
          const choice = read(input) as { name: string; rate?: number; fast?: boolean }
          expect(['plain', 'rich']).toContain(choice.name)
          if (choice.name === 'rich') expect(choice.rate! >= 0 && choice.rate! <= 1).toBe(true)
          expect(read(choice)).toEqual(choice)
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError)
          expect((error as Error).message).toMatch(/ for (shape|(rate|fast|seed) of rich)/)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

type Shape =
  | { readonly name: 'dot' }
  | { readonly name: 'disc' | 'ring'; readonly radius: number; readonly seed?: number }

it('a table of choices that does not fit its union does not compile', () => {
  const radius = numberReader(1, { min: 0 })
  const disc = { radius, seed: seedReader }
  const whole = { dot: {}, disc, ring: disc } satisfies Choices<Shape>
  // @ts-expect-error: ring is missing.
  const withoutName = { dot: {}, disc } satisfies Choices<Shape>
  // @ts-expect-error: no shape is called square.
  const withOther = { dot: {}, disc, ring: disc, square: {} } satisfies Choices<Shape>
  // @ts-expect-error: a ring has a radius.
  const withoutParameter = { dot: {}, disc, ring: { seed: seedReader } } satisfies Choices<Shape>
  // @ts-expect-error: a dot has no radius.
  const withOtherParameter = { dot: { radius }, disc, ring: disc } satisfies Choices<Shape>
  const yes = { radius: booleanReader(true), seed: seedReader }
  // @ts-expect-error: a radius is a number.
  const ofOtherType = { dot: {}, disc, ring: yes } satisfies Choices<Shape>
  expect([whole, withoutName, withOther, withoutParameter, withOtherParameter, ofOtherType]).toHaveLength(6)
  expect(readChoice<Shape>('ring', 'shape', whole)).toEqual({ name: 'ring', radius: 1 })
})
