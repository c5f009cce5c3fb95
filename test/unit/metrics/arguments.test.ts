import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ArgumentError, Matrix, metrics } from '../../../lib/index.js'

const warned = vi.spyOn(process, 'emitWarning')
beforeEach(() => {
  warned.mockReset().mockImplementation(() => {})
})
afterEach(() => warned.mockReset())

type Call = (...values: unknown[]) => unknown
const callable = metrics as unknown as Record<string, Call>
const names = Object.keys(metrics)
const ofLabels = [
  'accuracy',
  'balancedAccuracy',
  'matthewsCorrcoef',
  'confusionMatrix',
  'cohenKappa',
  'precision',
  'recall',
  'f1',
].concat(['fBeta', 'precisionRecallFscoreSupport', 'classificationReport'])
const ofScores = [
  'logLoss',
  'brier',
  'rocAuc',
  'averagePrecision',
  'topKAccuracy',
  'rocCurve',
  'precisionRecallCurve',
  'calibrationCurve',
]
const ofNumbers = ['mse', 'rmse', 'mae', 'mape', 'medianAbsoluteError', 'pinball', 'explainedVariance', 'r2']

/** Calls a metric with arguments that every metric takes. */
function call(
  name: string,
  options: object = {},
  truth: unknown = [0, 1, 1, 0],
  predicted: unknown = [0, 1, 0, 0],
): unknown {
  if (name === 'auc') return callable[name]!(truth, predicted)
  return callable[name]!(truth, predicted, name === 'fBeta' ? { beta: 2, ...options } : options)
}

it('lists every metric in one of the three kinds', () => {
  expect(names.toSorted()).toEqual([...ofLabels, ...ofScores, ...ofNumbers, 'auc'].toSorted())
})

const withOptions = names.filter((name) => name !== 'auc')

it.each(withOptions)('%s refuses wrong weights and options', (name) => {
  const refuse = (options: object, message: string | RegExp) => expect(() => call(name, options)).toThrow(message)
  expect(() => call(name, { sampleWeight: [1, 1, 1, 1] })).not.toThrow()
  refuse({ sampleWeight: [1, 1] }, 'Expected 4 numbers for sampleWeight (as many as there are rows), but got 2.')
  refuse(
    { sampleWeight: [1, -1, 1, 1] },
    'Expected a finite number of at least 0 for row 1 of sampleWeight, but got -1.',
  )
  refuse({ sampleWeight: [1, 1, 1, Number.NaN] }, 'row 3 of sampleWeight, but got NaN.')
  refuse({ sampleWeight: ['1', 1, 1, 1] }, 'row 0 of sampleWeight, but got "1".')
  refuse({ sampleWeight: [0, 0, 0, 0] }, 'Expected a number above 0 in sampleWeight')
  refuse({ sampleWeight: 'balanced' }, 'Expected one number for each row for sampleWeight')
  refuse(
    { sampleWeights: [1, 1, 1, 1] },
    `Unknown option "sampleWeights" for metrics.${name}(). Did you mean sampleWeight?`,
  )
})

it.each(names)('%s refuses values that are not data, NaN and different lengths', (name) => {
  expect(() => callable[name]!()).toThrow(ArgumentError)
  for (const wrong of [null, 3, 'labels', {}, []]) {
    expect(() => call(name, {}, wrong)).toThrow(ArgumentError)
    expect(() => call(name, {}, undefined, wrong)).toThrow(ArgumentError)
  }
  expect(() => call(name, {}, [0, 1, 1, 0], [0, 1, 0])).toThrow(/4 .*, but got 3\./)
  expect(() => call(name, {}, [0, 1, Number.NaN, 0])).toThrow(/row 2 of (yTrue|x), but got NaN\./)
  expect(() => call(name, {}, [0, 1, 1, 0], [0, Number.NaN, 0, 0])).toThrow(/row 1 of y\w*, but got NaN\./)
  expect(() => call(name, {}, [0, 1, 1, 0], [0, 1, 0, '0'])).toThrow(/row 3 of y\w*( \(.*\))?, but got "0"\./)
})

it.each([
  ['accuracy', { normalize: 1 }, 'Expected true or false for normalize, but got 1.'],
  ['balancedAccuracy', { adjusted: 'yes' }, 'Expected true or false for adjusted'],
  ['confusionMatrix', { normalize: 'rows' }, 'Expected one of true, pred, all for normalize'],
  ['confusionMatrix', { labels: [] }, 'Expected at least one label for labels'],
  ['confusionMatrix', { labels: [0, 0] }, 'Expected each label once for labels, but got 0 twice.'],
  ['confusionMatrix', { labels: [7] }, 'none of yTrue is one of 7.'],
  [
    'confusionMatrix',
    { labels: ['a', 'b'] },
    'Expected a string for row 0 of yTrue (as the labels before), but got 0.',
  ],
  ['cohenKappa', { weights: 'cubic' }, 'Expected one of linear, quadratic for weights'],
  ['cohenKappa', { replaceUndefinedBy: 2 }, 'Expected NaN or a number from -1 to 1 for replaceUndefinedBy, but got 2.'],
  ['precision', { average: 'samples' }, 'Expected one of binary, micro, macro, weighted, none for average'],
  ['precision', { posLabel: 3 }, 'Expected one of the labels 0, 1 for posLabel, but got 3.'],
  ['recall', { zeroDivision: 2 }, "Expected 'warn', 0, 1 or NaN for zeroDivision, but got 2."],
  ['fBeta', { beta: -1 }, 'Expected a finite number of at least 0 for beta, but got -1.'],
  ['fBeta', { beta: undefined }, 'Expected a number of at least 0 or Infinity for beta, but got undefined.'],
  ['classificationReport', { digits: 1.5 }, 'Expected an integer from 0 to 15 for digits'],
  [
    'classificationReport',
    { targetNames: ['a'] },
    'Expected 2 names for targetNames (as many as there are labels), but got 1.',
  ],
  ['classificationReport', { targetNames: [1, 2] }, 'Expected a non-empty string for targetNames[0], but got 1.'],
  ['classificationReport', { targetNames: 'ab' }, 'Expected an array of names for targetNames'],
  ['classificationReport', { outputDict: 0 }, 'Expected true or false for outputDict'],
  ['logLoss', { labels: [0] }, 'Expected at least 2 labels for labels, but got 1.'],
  ['logLoss', { labels: [0, 2] }, 'Expected one of labels, 0, 2 for row 1 of yTrue, but got 1.'],
  [
    'logLoss',
    { labels: [0, 1, 2] },
    'Expected rows of 3 numbers for yProba (as many as there are labels), but got rows of 1.',
  ],
  ['brier', { scaleByHalf: 'half' }, 'Expected true or false for scaleByHalf'],
  ['brier', { labels: [0, 1, 2] }, 'Expected two labels for a single column for labels, but got 3.'],
  ['brier', { posLabel: 4 }, 'Expected one of the labels 0, 1 for posLabel, but got 4.'],
  ['rocAuc', { maxFpr: 0 }, 'Expected a finite number above 0 and of at most 1 for maxFpr, but got 0.'],
  ['rocAuc', { average: 'binary' }, 'Expected one of macro, weighted, micro, none for average'],
  ['averagePrecision', { posLabel: 'a' }, 'for posLabel, but got "a".'],
  ['topKAccuracy', { k: 0 }, 'Expected an integer of at least 1 for k, but got 0.'],
  ['rocCurve', { dropIntermediate: 2 }, 'Expected true or false for dropIntermediate'],
  ['precisionRecallCurve', { posLabel: 2 }, 'Expected one of the labels 0, 1 for posLabel, but got 2.'],
  ['calibrationCurve', { nBins: 0 }, 'Expected an integer of at least 1 for nBins, but got 0.'],
  ['calibrationCurve', { strategy: 'equal' }, 'Expected one of uniform, quantile for strategy'],
  ['pinball', { alpha: 1.5 }, 'Expected a finite number from 0 to 1 for alpha, but got 1.5.'],
  ['mse', { multioutput: 'mean' }, 'Expected one of uniformAverage, rawValues for multioutput'],
  ['mse', { multioutput: [1, 2] }, 'Expected a name for multioutput of a single column, but got an array of 2.'],
  ['r2', { forceFinite: 1 }, 'Expected true or false for forceFinite'],
])('%s refuses %o and says what it expects', (name, options, message) => {
  expect(() => call(name, options)).toThrow(ArgumentError)
  expect(() => call(name, options)).toThrow(message)
})

describe('metrics of columns', () => {
  const shares = [
    [0.2, 0.5, 0.3],
    [0.6, 0.2, 0.2],
    [0.1, 0.1, 0.8],
  ]

  it('metrics of numbers take weights of columns as multioutput', () => {
    expect(() => metrics.mae([[1, 2]], [[1, 2]], { multioutput: [1] })).toThrow('Expected 2 weights for multioutput')
    expect(() => metrics.mae([[1, 2]], [[1, 2]], { multioutput: [0, 0] })).toThrow('Expected a weight above 0')
    expect(() => metrics.mae([[1, 2]], [[1, 2]], { multioutput: [1, -1] })).toThrow('for multioutput[1], but got -1.')
    expect(metrics.mae([[1, 2]], [[2, 4]], { multioutput: [3, 1] })).toBe(1.25)
  })

  it('metrics of scores refuse wrong numbers of columns, wrong probabilities and options for two labels', () => {
    expect(() => metrics.rocAuc([0, 1, 2, 3], [...shares, [1, 0, 0]])).toThrow('rows of 4 numbers')
    expect(() => metrics.logLoss([0, 1, 1], shares)).toThrow(
      'Expected rows of 2 numbers for yProba (as many as there are labels), but got rows of 3.',
    )
    expect(() => metrics.logLoss(['a', 'a', 'a'], [1, 1, 1])).toThrow('but each row has "a"')
    expect(() => metrics.rocCurve([0, 1, 1], shares)).toThrow('Expected one or two columns in yScore for two labels')
    expect(() =>
      metrics.rocAuc(
        [0, 1, 2],
        [
          [1, 2, 3],
          [0, 0, 1],
          [1, 0, 0],
        ],
      ),
    ).toThrow('probabilities that sum to 1')
    expect(() => metrics.rocAuc([0, 1, 2], shares, { maxFpr: 0.5 })).toThrow('Expected no maxFpr')
    expect(() => metrics.averagePrecision([0, 1, 2], shares, { posLabel: 1 })).toThrow('Expected no posLabel')
    expect(() => metrics.brier([0, 1, 2], shares, { posLabel: 1 })).toThrow(
      'Expected no posLabel, since yProba has a column for each label, but got 1.',
    )
    expect(() => metrics.brier([0, 1, 0], [0.5, 1.2, 0])).toThrow(
      'a probability from 0 to 1 for row 1 of yProba, but got 1.2.',
    )
    expect(() =>
      metrics.calibrationCurve(
        [0, 1],
        [
          [0.1, 0.2, 0.7],
          [0.1, 0.2, 0.7],
        ],
      ),
    ).toThrow('one or two columns')
  })

  it('metrics of scores take columns in the order of the option labels', () => {
    const reversed = shares.map((row) => row.toReversed())
    const options = { labels: ['c', 'b', 'a'] }
    const labels = ['a', 'b', 'c']
    type Metric = (truth: string[], scores: number[][], options?: object) => number
    for (const metric of [metrics.logLoss, metrics.brier, metrics.rocAuc, metrics.averagePrecision] as Metric[]) {
      expect(metric(labels, reversed, options)).toBeCloseTo(metric(labels, shares), 12)
    }
    expect(metrics.topKAccuracy(labels, reversed, { ...options, k: 1 })).toBe(
      metrics.topKAccuracy(labels, shares, { k: 1 }),
    )
    expect(metrics.logLoss(['a', 'b'], [0.9, 0.2], { labels: ['b', 'a'] })).toBeCloseTo(
      -(Math.log(0.9) + Math.log(0.8)) / 2,
      12,
    )
    expect(metrics.brier(['a', 'b'], [0.9, 0.2], { labels: ['b', 'a'] })).toBeCloseTo((0.01 + 0.04) / 2, 12)
    expect(metrics.rocAuc(['a', 'b'], [0.9, 0.2], { labels: ['b', 'a'] })).toBe(1)
  })

  it('metrics take a Matrix, rows of typed arrays or a flat typed array', () => {
    const expected = metrics.logLoss([1, 0, 2], shares)
    expect(metrics.logLoss([1, 0, 2], Float64Array.from(shares.flat()))).toBe(expected)
    expect(
      metrics.logLoss(
        [1, 0, 2],
        shares.map((row) => Float64Array.from(row)),
      ),
    ).toBe(expected)
    expect(metrics.logLoss(Uint8Array.of(1, 0, 2), Matrix.from(shares))).toBeCloseTo(expected, 6)
    expect(metrics.rocAuc([0, 1, 1], Uint8Array.of(3, 5, 4))).toBe(1)
    expect(() =>
      metrics.mse(
        [[1, 2], [3]],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    ).toThrow('Expected 2 numbers for row 1 of yTrue')
    expect(() =>
      metrics.mse(
        [
          [1, 2],
          [3, 'x' as never],
        ],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    ).toThrow('row 1, column 1 of yTrue, but got "x".')
    expect(() => metrics.mse([[1], 3 as never], [[1], [3]])).toThrow('Expected an array of numbers for row 1 of yTrue')
  })

  it('metrics of scores take one or both columns of two labels', () => {
    const both = [
      [0.9, 0.1],
      [0.3, 0.7],
      [0.6, 0.4],
    ]
    const second = both.map(([, p]) => p!)
    const truth = ['no', 'yes', 'yes']
    expect(metrics.rocAuc(truth, both)).toBe(metrics.rocAuc(truth, second))
    expect(metrics.rocCurve(truth, both, { posLabel: 'no' })).toEqual(
      metrics.rocCurve(
        truth,
        both.map(([p]) => p!),
        { posLabel: 'no' },
      ),
    )
    expect(metrics.averagePrecision(truth, both, { posLabel: 'yes' })).toBe(
      metrics.averagePrecision(truth, second, { posLabel: 'yes' }),
    )
  })
})

describe('metrics of labels', () => {
  it('metrics of labels refuse labels of several types', () => {
    expect(() => metrics.accuracy([0, 1], ['0', '1'])).toThrow(
      'Expected a number for row 0 of yPred (as the labels before), but got "0".',
    )
    expect(() => metrics.accuracy([true, false], [1, 0])).toThrow('Expected a boolean for row 0 of yPred')
    expect(() => metrics.accuracy([0, Infinity], [1, 0])).toThrow('row 1 of yTrue, but got Infinity.')
    expect(metrics.accuracy([0, -0], [-0, 0])).toBe(1)
  })

  it('metrics of labels refuse probabilities as predictions, unless true labels are fractions', () => {
    expect(() => metrics.accuracy([0, 1], [0, 0.7])).toThrow(
      'Expected a label for row 1 of yPred, but got 0.7. Use logLoss, brier or rocAuc for probabilities',
    )
    expect(metrics.accuracy([0.5, 1.5], [0.5, 0.5])).toBe(0.5)
  })

  it('metrics of labels refuse more than two labels without an average or posLabel', () => {
    expect(() => metrics.f1([0, 1, 2], [0, 1, 2])).toThrow(
      "Expected two labels with the average 'binary', but there are 3.",
    )
    expect(() => metrics.f1(['a', 'b'], ['a', 'b'])).toThrow(
      'Expected one of the labels "a", "b" for posLabel, but got undefined.',
    )
    expect(() => metrics.f1(['a'], ['a'], { posLabel: 1 })).toThrow('Expected a string for posLabel')
    expect(() => metrics.rocCurve(['a', 'b'], [1, 2])).toThrow(
      'Expected the positive one of the labels "a", "b" for posLabel',
    )
    expect(() => metrics.rocCurve([0, 1, 2], [1, 2, 3])).toThrow(
      'Expected two labels in yTrue, but there are 3: 0, 1, 2.',
    )
    expect(metrics.rocCurve([0, 1, 2], [1, 2, 3], { posLabel: 2 }).tpr.at(-1)).toBe(1)
  })
})

describe('warnings of metrics', () => {
  const codes = () => warned.mock.calls.map(([, options]) => (options as unknown as { code: string }).code)

  it('warnings name what is not defined, and zeroDivision silences them', () => {
    expect(metrics.precision([0, 1, 2], [0, 1, 1], { average: 'none' })).toEqual(Float64Array.of(1, 0.5, 0))
    expect(warned.mock.calls[0]![0]).toBe(
      'Precision is not defined for the labels 2, since there are no predicted rows: it is set to 0. Set the option zeroDivision to choose the value and silence this warning.',
    )
    expect(codes()).toEqual(['PERCEPTRA_UNDEFINED_METRIC'])
    expect(metrics.precision([0, 1, 2], [0, 1, 1], { average: 'none', zeroDivision: 1 })[2]).toBe(1)
    expect(metrics.precision([0, 1, 2], [0, 1, 1], { average: 'macro', zeroDivision: Number.NaN })).toBe(0.75)
    expect(codes()).toHaveLength(1)
  })

  it('warnings have the code PERCEPTRA_METRIC_INPUT for data that look like a mistake', () => {
    metrics.logLoss(
      [0, 1],
      [
        [0.2, 0.2],
        [0.3, 0.3],
      ],
    )
    metrics.precision([0, 1], [0, 1], { average: 'macro', posLabel: 0 })
    expect(codes()).toEqual(['PERCEPTRA_METRIC_INPUT', 'PERCEPTRA_METRIC_INPUT'])
  })

  it('warnings name precision or recall for fBeta with a beta of 0 or Infinity', () => {
    expect(metrics.fBeta([1, 1], [0, 0], { beta: 0 })).toBe(0)
    expect(metrics.fBeta([0, 0], [1, 1], { beta: Infinity })).toBe(0)
    expect(warned.mock.calls.map(([message]) => String(message).split(' ')[0])).toEqual(['Precision', 'Recall'])
  })
})

it("precision refuses labels with the average 'binary'", () => {
  expect(() => metrics.precision([0, 1], [0, 1], { labels: [0] })).toThrow(
    "Expected no labels with the average 'binary'. Pass posLabel",
  )
})

it('confusionMatrix refuses more than 10,000 labels', () => {
  const numbers = Array.from({ length: 10_001 }, (_, i) => i)
  expect(() => metrics.confusionMatrix(numbers, numbers)).toThrow(
    'Expected at most 10000 labels for yTrue and yPred, but got 10001.',
  )
})

it('r2 of a single row is NaN for each column', () => {
  expect(metrics.r2([[1, 2]], [[1, 2]], { multioutput: 'rawValues' })).toEqual(Float64Array.of(Number.NaN, Number.NaN))
})

it('auc refuses fewer than two points, and x that is neither ascending nor descending', () => {
  expect(() => metrics.auc([0], [1])).toThrow('Expected at least two points for x, but got 1.')
  expect(() => metrics.auc([0, 2, 1], [1, 1, 1])).toThrow('Expected ascending or descending numbers for x')
  expect(() => metrics.auc([0, 1, 0], [1, 1, 1])).toThrow('Expected ascending or descending numbers for x')
  expect(metrics.auc([0, 0, 1], [0, 1, 1])).toBe(1)
})
