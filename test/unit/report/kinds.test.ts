import { describe, expect, it } from 'vitest'
import {
  datasets,
  layers,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  Perceptron,
  pipeline,
  preprocessing,
  Sequential,
  TabularClassifier,
} from '../../../lib/index.js'
import { report } from '../../../lib/report/index.js'
import { dataOf, fitted, people, textOf, titlesOf } from './support.js'

const x = Array.from({ length: 60 }, (_, i) => [i % 10, (i * 7) % 10])
const labels = x.map(([a, b]) => (a! > b! ? 'left' : 'right'))
const numbers = x.map(([a, b]) => 2 * a! + b!)

function compiled(units: number, activation: 'softmax' | 'sigmoid' | 'linear') {
  return new Sequential({ layers: [layers.dense({ units, activation, inputShape: [2] })], seed: 1 })
}

describe('kinds of models', () => {
  it('describes a classifier, with names of columns and its own curve of loss', async () => {
    const model = await new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 20, seed: 1 }).fit(x, labels)
    const page = await report(model, { x, y: labels, columns: ['width', 'height'], target: 'side', seed: 1 })
    expect(titlesOf(page)).toEqual([
      'Training',
      'Confusion',
      'Thresholds',
      'Calibration',
      'Importance',
      'Most wrong',
      'Columns',
      'Model card',
    ])
    expect(dataOf(page).plots['training-0']!.lines[0]!.values).toHaveLength(model.lossCurve.length)
    expect(textOf(page)).toContain('height')
    expect(textOf(page)).toContain('predicts side, one of 2 classes')
    expect(textOf(page)).toContain(`Accuracy ${(100 * (await model.score(x, labels))).toFixed(1)} %`)
  })

  it('describes a classifier without probabilities by its decision function', async () => {
    const model = await new Perceptron({ seed: 1 }).fit(x, labels)
    const page = await report(model, { x, y: labels, inspect: false })
    expect(titlesOf(page)).toContain('Thresholds')
    expect(titlesOf(page)).not.toContain('Calibration')
    const [curve] = dataOf(page).thresholds
    const predicted = await model.predict(x)
    const said = curve!.truePositives[curve!.chosen]! + curve!.falsePositives[curve!.chosen]!
    expect(said).toBe(predicted.filter((label) => label === 'right').length)
  })

  it('shows the whole history of an estimator that wraps a network', async () => {
    const options = { layers: [layers.dense({ units: 4 })], epochs: 6, validationSplit: 0.2, seed: 1 }
    const model = await new NetworkClassifier(options).fit(x, labels)
    const { plots } = dataOf(await report(model, { x, y: labels, inspect: false }))
    expect(plots['training-0']!.lines.map(({ name }) => name)).toEqual(['training', 'validation'])
    expect(plots['training-0']!.lines[1]!.values).toHaveLength(6)
  })

  it('lists 200 columns, and says that there are more', async () => {
    const wide = x.map((row) => [...row, ...Array(300).fill(0)])
    const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [302] })], seed: 1 })
    const page = await report(model, { x: wide, y: numbers, inspect: false })
    expect(textOf(page)).toContain('And 102 more columns.')
  })

  it('describes a regressor', async () => {
    const model = await new MLPRegressor({ hiddenLayerSizes: [8], solver: 'lbfgs', seed: 1 }).fit(x, numbers)
    const page = await report(model, { x, y: numbers, inspect: false })
    expect(titlesOf(page)).toEqual(['Training', 'Errors', 'Most wrong', 'Columns', 'Model card'])
    expect(textOf(page)).toContain(`R² ${Number((await model.score(x, numbers)).toPrecision(4))}`)
  })

  it('describes a pipeline by its columns', async () => {
    const rows = people(120)
    const target = rows.map(({ moved }) => moved)
    const inputs = rows.map(({ age, job }) => ({ age, job: job ?? 'none' }))
    const columns = new preprocessing.ColumnTransformer({
      transformers: [
        ['numbers', new preprocessing.StandardScaler(), ['age']],
        ['words', new preprocessing.OneHotEncoder(), ['job']],
      ],
    })
    const model = await pipeline([columns, new MLPClassifier<string>({ maxIter: 20, seed: 1 })]).fit(inputs, target)
    const page = await report(model, { x: inputs, y: target, seed: 1 })
    expect(titlesOf(page)).toContain('By group')
    expect(textOf(page)).toContain('Estimator MLPClassifier')
  })

  it('describes a network with softmax, from class numbers or one-hot rows', async () => {
    const { test } = datasets.digits()
    const model = new Sequential({
      layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
      seed: 1,
    })
    const classes = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
    const page = await report(model, { x: test.x, y: test.y, classes, inspect: false, seed: 1 })
    const oneHot = Array.from(test.y, (label) => classes.map((_, k) => Number(k === label)))
    const same = await report(model, { x: test.x, y: oneHot, classes, inspect: false, seed: 1 })
    expect(dataOf(page)).toEqual(dataOf(same))
    expect(dataOf(page).thresholds.map(({ name }) => name)).toEqual(classes)
  })

  it('describes networks with one output', async () => {
    const binary = await report(compiled(1, 'sigmoid'), {
      x,
      y: labels.map((label) => Number(label === 'left')),
      inspect: false,
    })
    expect(dataOf(binary).thresholds).toHaveLength(1)
    const linear = await report(compiled(1, 'linear'), { x, y: numbers.map((number) => [number]), inspect: false })
    expect(titlesOf(linear)).toContain('Errors')
  })

  it('describes rows of one class, and a single row', async () => {
    const model = await new MLPClassifier({ maxIter: 5, seed: 1 }).fit(x, labels)
    const left = x.filter((_, i) => labels[i] === 'left')
    const page = await report(model, { x: left, y: left.map(() => 'left'), seed: 1 })
    expect(titlesOf(page)).not.toContain('Thresholds')
    expect(titlesOf(await report(model, { x: [x[0]!], y: [labels[0]!] }))).toContain('Confusion')
  })
})

describe('names with HTML in them', () => {
  it('stay text in columns, categories, classes, titles and texts', async () => {
    const evil = '</script><script>alert("x")</script>'
    const rows = Array.from({ length: 120 }, (_, i) => ({
      [`a${evil}`]: i % 11,
      '<img src=x onerror=alert(1)>': ['<b>one</b>', `"two' ${evil}`, 'three'][i % 3]!,
      __proto__: null,
      label: i % 11 > 5 ? `yes${evil}` : "no'<",
    }))
    const model = await new TabularClassifier({ seed: 1 }).fit(rows, { target: 'label' })
    const page = await report(model, { rows, title: evil, description: evil, data: evil, seed: 1 })
    expect(page.match(/<script\b/g)).toHaveLength(2)
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    const outside = page.replace(/<(script|style)\b.*?<\/\1>/gs, '')
    expect(outside).not.toMatch(/<img|<b>one/)
    expect(textOf(page)).toContain(`a${evil}`)
    expect(dataOf(page).thresholds[0]!.name).toBe(`yes${evil}`)
  })
})

describe('wrong arguments', () => {
  const model = fitted()
  const rows = people(60)
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no model', () => report({} as never, { rows }), /Expected a fitted model with predict for the model/],
    ['a model that is not fitted', () => report(new TabularClassifier(), { rows }), /fit\(rows, \{ target \}\)/],
    ['x for a table model', async () => report(await model, { x, y: labels }), /report\(model, \{ rows \}\)/],
    ['rows for a network', () => report(compiled(2, 'softmax'), { rows }), /report\(model, \{ x, y \}\)/],
    ['an unknown option', async () => report(await model, { rows, titel: 'a' } as never), /Did you mean title\?/],
    ['no rows', async () => report(await model, { rows: [] }), /at least one row/],
    [
      'rows without the target',
      async () => report(await model, { rows: [{ age: 1 }] }),
      /the target "moved" for row 0/,
    ],
    [
      'a label that fit did not see',
      async () => report(await model, { rows: [{ ...rows[0]!, moved: 'may' }] }),
      /one of the classes "no", "yes"/,
    ],
    [
      'a row without a column',
      async () => report(await model, { rows: [{ moved: 'no', age: 1 }] }),
      /the column "job"/,
    ],
    ['several outputs', () => report(compiled(3, 'linear'), { x, y: numbers }), /one output, or outputs of softmax/],
    ['too few labels', () => report(compiled(1, 'linear'), { x, y: [1] }), /Expected 60 entries for y/],
    [
      'a wrong number of names',
      () => report(compiled(1, 'linear'), { x, y: numbers, columns: ['a'] }),
      /Expected 2 names for columns/,
    ],
    ['classes of an estimator', async () => report(await model, { rows, classes: ['a'] }), /classes is for networks/],
    [
      'numbers of outputs where names are numbers',
      () => report(compiled(2, 'softmax'), { x, y: x.map((_, i) => i % 2), classes: [1, 2] }),
      /one of the classes 1, 2 for row 0 of y, but got 0/,
    ],
    ['an unknown group', async () => report(await model, { rows, groups: ['agee'] }), /for groups, but got "agee"/],
    ['no history', async () => report(await model, { rows, history: [] as never }), /a history of training/],
    [
      'NaN in y',
      () => report(compiled(1, 'linear'), { x, y: x.map(() => Number.NaN) }),
      /a finite number for row 0 of y/,
    ],
  ])('%s', async (_, call, message) => {
    await expect(call).rejects.toThrow(message)
  })
})
