import { describe, expect, it } from 'vitest'
import { TabularClassifier, TabularRegressor } from '../../../lib/index.js'
import { fromOnnx, toOnnx, toSource } from '../../../lib/interchange/index.js'
import { uniforms } from '../../../lib/math/random.js'
import { expectClose } from './close.js'
import { runSource } from './run-source.js'
import { distance, type Input, runOnnx } from './runtime.js'

const draw = uniforms(11)
const jobs = ['cook', 'clerk', 'nurse', 'pilot']

/** Rows of every kind of column that a graph can read; some cells are missing. */
const rows = Array.from({ length: 160 }, (_, i) => {
  const age = i % 9 === 4 ? null : 20 + Math.floor(draw() * 50) + draw()
  const job = i % 13 === 5 ? null : jobs[Math.floor(draw() * 4)]!
  const rooms = i % 17 === 2 ? null : Math.floor(draw() * 5)
  const member = i % 11 === 3 ? null : draw() > 0.5
  const since = i % 19 === 6 ? null : new Date(Date.UTC(1990 + (i % 30), i % 12, 1 + (i % 28), i % 24, i % 60))
  const sex = draw() > 0.4 ? 'f' : 'm'
  const born = `19${40 + (i % 50)}-0${1 + (i % 9)}-${10 + (i % 18)}`
  const rich = (age ?? 40) / 20 + (job === 'pilot' ? 2 : 0) + (member ? 1 : 0) + draw() > 4.2
  return {
    age,
    job,
    rooms,
    member,
    since,
    sex,
    born,
    rich: rich ? 'rich' : 'poor',
    pay: (age ?? 30) * 100 + (rooms ?? 0),
  }
})
const strangers = [
  {
    age: 1e9,
    job: 'priest',
    rooms: 99,
    member: true,
    since: new Date('1899-12-31T23:59:59Z'),
    sex: 'x',
    born: '1804-02-29',
  },
  { age: -5, job: ' ', rooms: null, member: null, since: new Date('2400-02-29T12:00:00Z'), sex: null, born: null },
  { age: null, job: null, rooms: 2, member: false, since: null, sex: 'f', born: '2100-03-01' },
]
const test = [...rows.slice(0, 40).map(({ rich: _, pay: __, ...row }) => row), ...strangers]
const types = { rooms: 'code', born: 'date', since: 'date', member: 'boolean' } as const

const number = (value: unknown) => (value === null ? Number.NaN : Number(value))
const time = (value: unknown) => (value === null ? Number.NaN : new Date(value as string).getTime())
const numbers = (
  read: (row: Record<string, unknown>) => number,
  Kind: typeof Float64Array | typeof Float32Array = Float64Array,
) => new Kind(test.map((row) => read(row)))
const word = (value: unknown) => (value === null ? '' : String(value))

/** The rows as inputs of a graph. */
function inputs(Kind: typeof Float64Array | typeof Float32Array = Float64Array): Record<string, Input> {
  return {
    age: numbers(({ age }) => number(age), Kind),
    rooms: numbers(({ rooms }) => number(rooms), Kind),
    member: numbers(({ member }) => number(member), Kind),
    since: numbers(({ since }) => time(since)),
    born: numbers(({ born }) => time(born)),
    job: test.map(({ job }) => word(job)),
    sex: test.map(({ sex }) => word(sex)),
  }
}

describe('onnxruntime predicts rows of a table as', () => {
  const people = rows.map(({ pay: _, ...row }) => row)

  it('a TabularClassifier, with missing cells and unknown categories', async () => {
    const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(people, {
      target: 'rich',
      columns: types,
    })
    const { label, probabilities } = await runOnnx(await toOnnx(model), inputs(), test.length)
    expect(Array.from(label!.data)).toEqual(await model.predict(test as never))
    const expected = (await model.predictProba(test as never)).flatMap((shares) => Object.values(shares))
    expect(distance(probabilities!.data, expected)).toBeLessThan(1e-6)
  })

  it('a TabularRegressor, also from float32', async () => {
    const paid = rows.map(({ rich: _, ...row }) => ({ ...row, age: row.age === null ? null : Math.fround(row.age) }))
    const model = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(paid, { target: 'pay', columns: types })
    const rounded = test.map((row) => ({ ...row, age: row.age === null ? null : Math.fround(row.age) }))
    const expected = await model.predict(rounded as never)
    for (const [type, Kind] of [
      ['float64', Float64Array],
      ['float32', Float32Array],
    ] as const) {
      const bytes = await toOnnx(model, { numbers: type })
      const { prediction } = await runOnnx(bytes, inputs(Kind), test.length)
      expect(distance(prediction!.data, expected)).toBeLessThan(1e-6)
    }
  })

  it('three classes that are numbers', async () => {
    const three = people.map(({ rich: _, ...row }, i) => ({ ...row, kind: (i * i) % 3 }))
    const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(three, {
      target: 'kind',
      columns: types,
    })
    const { label } = await runOnnx(await toOnnx(model), inputs(), test.length)
    expect(Array.from(label!.data, Number)).toEqual(await model.predict(test as never))
  })
})

describe.each(['balanced', 'best'] as const)('the preset %s', (preset) => {
  // The limit leaves some of its networks: what is compared is the same model.
  const limits = { columns: types, timeLimit: 2 } as const

  it('of classes goes to ONNX and to a module', async () => {
    const people = rows.map(({ pay: _, ...row }) => row)
    const model = await new TabularClassifier({ preset, seed: 1 }).fit(people, { target: 'rich', ...limits })
    const bytes = await toOnnx(model)
    const { label, probabilities } = await runOnnx(bytes, inputs(), test.length)
    expect(Array.from(label!.data)).toEqual(await model.predict(test as never))
    const expected = (await model.predictProba(test as never)).flatMap((shares) => Object.values(shares))
    expect(distance(probabilities!.data, expected)).toBeLessThan(1e-6)
    const module = runSource(toSource(model))
    for (const row of test.slice(20) as never[]) {
      expectClose(module.predictProba(row), Object.values(model.predictProbaSync(row)))
    }
    await expect(fromOnnx(bytes)).rejects.toThrow(/cannot be read as ONNX: node "[\w/]+" \(\w+\): /)
  })

  it('of numbers goes to ONNX and to a module', async () => {
    const paid = rows.map(({ rich: _, ...row }) => row)
    const model = await new TabularRegressor({ preset, seed: 1 }).fit(paid, { target: 'pay', ...limits })
    const { prediction } = await runOnnx(await toOnnx(model), inputs(), test.length)
    expect(distance(prediction!.data, await model.predict(test as never))).toBeLessThan(1e-6)
    const module = runSource(toSource(model))
    for (const row of test.slice(20) as never[]) expectClose([module.predict(row) as number], [model.predictSync(row)])
  })
})

it('a category that update added to two is written to graphs and modules', async () => {
  const people = rows.map(({ pay: _, ...row }) => row)
  const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(people, { target: 'rich', columns: types })
  await model.update(people.map((row, i) => (i % 3 ? row : { ...row, sex: i % 2 ? 'd' : 'x' })) as never)
  const { probabilities } = await runOnnx(await toOnnx(model), inputs(), test.length)
  const expected = (await model.predictProba(test as never)).flatMap((shares) => Object.values(shares))
  expect(distance(probabilities!.data, expected)).toBeLessThan(1e-6)
  const module = runSource(toSource(model))
  for (const sex of ['f', 'm', 'd', 'x', 'q', null]) {
    const row = { ...test[0]!, sex } as never
    expectClose(module.predictProba(row), Object.values(model.predictProbaSync(row)))
  }
})

describe('a module predicts rows of a table as', () => {
  // Words for numbers, dates and truth values, and texts, which a graph cannot read.
  const notes = rows.map(({ pay: _, ...row }, i) => ({
    ...row,
    note: i % 6 === 1 ? null : `Ünder ${i % 7}, over ${i % 5} ${i % 7}`,
  }))
  const others = [
    {
      ...strangers[0]!,
      note: 'none of these',
      rooms: ' 3.0 ',
      member: 'TRUE',
      since: '1999/02/28 07:30',
      born: Date.UTC(1970, 5, 5),
    },
    { ...strangers[1]!, note: ' ', age: '1e2', member: 0, job: 12, since: '2024-02-29T23:59:59.5+01:00', sex: true },
    { ...strangers[2]!, note: 'over over OVER', age: true, rooms: 12n },
  ]
  const seen = notes.slice(0, 30).map(({ rich: _, ...row }) => row)

  it('a TabularClassifier', async () => {
    const options = { target: 'rich', columns: { ...types, note: 'text' } } as const
    const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(notes, options)
    const { code, types: declared } = toSource(model, { types: true })
    const module = runSource(code)
    expect(module.classes).toEqual(['poor', 'rich'])
    for (const row of [...seen, ...others] as never[]) {
      expectClose(module.predictProba(row), Object.values(model.predictProbaSync(row)))
      expect(module.predict(row)).toBe(model.predictSync(row))
    }
    expect(module.predict({ ...seen[0]!, rich: 'rich' })).toBe(model.predictSync(seen[0]! as never))
    expect(module.predict(module.columns.map((name) => (seen[1] as Record<string, unknown>)[name]))).toBe(
      model.predictSync(seen[1]! as never),
    )
    expect(declared).toContain('readonly "rich"?: unknown')
    expect(declared).toContain('boolean | Date | bigint | null')
    const { age: _, ...lacking } = seen[0]!
    expect(() => module.predict(lacking)).toThrow('Expected the column "age", but the row lacks it')
    expect(() => module.predict({ ...seen[0]!, x: 1 })).toThrow('Unknown column "x"')
    for (const wrong of [
      { age: 'old' },
      { age: Infinity },
      { since: '2023-02-30' },
      { member: 2 },
      { job: Infinity },
    ]) {
      expect(() => model.predictSync({ ...seen[0]!, ...wrong } as never)).toThrow()
      const [column] = Object.keys(wrong)
      expect(() => module.predict({ ...seen[0]!, ...wrong })).toThrow(`in column "${column}"`)
    }
  })

  it('a TabularRegressor', async () => {
    const paid = rows.map(({ rich: _, ...row }) => row)
    const model = await new TabularRegressor({
      preset: 'fast',
      seed: 1,
      missingColumns: 'impute',
      unknownColumns: 'ignore',
    }).fit(paid, {
      target: 'pay',
      columns: types,
    })
    const module = runSource(toSource(model))
    for (const row of [...test, {}, { age: 30, other: 1 }] as never[]) {
      expectClose([module.predict(row) as number], [model.predictSync(row)])
    }
  })
})

it('columns of texts, and one matrix, are refused by name', async () => {
  const texts = Array.from({ length: 40 }, (_, i) => ({
    note: `word${i % 7} and ${i % 5} more`,
    size: i,
    y: i % 2 ? 'odd' : 'even',
  }))
  const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(texts, {
    target: 'y',
    columns: { note: 'text' },
  })
  await expect(toOnnx(model)).rejects.toThrow("ONNX cannot express the column 'note': its words are counted")
  await expect(toOnnx(model, { inputs: 'matrix' })).rejects.toThrow("ONNX cannot express inputs: 'matrix'")
})
