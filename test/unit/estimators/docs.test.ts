import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  Adaline,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  NetworkRegressor,
  Perceptron,
  SGDClassifier,
  SGDRegressor,
} from '../../../lib/index.js'

const text = readFileSync(new URL('../../../docs/estimators.md', import.meta.url), 'utf8')

/** Whose JSON has all options of the layer. */
const defaultLayers = "[layers.dense({ units: 100, activation: 'relu' })]"
const networks = { MLPClassifier, MLPRegressor, NetworkClassifier, NetworkRegressor }

describe.each(Object.entries({ SGDClassifier, SGDRegressor, Perceptron, Adaline, ...networks }))(
  '%s',
  (name, { parameters }) => {
    it('has the table of parameters that docs/estimators.md shows', () => {
      const [, section] = text.split(`\n### ${name}\n\n| parameter`)
      const rows = section!.split('\n\n')[0]!.split('\n').slice(2)
      const expected = Object.entries(parameters).map(([key, { default: value, takes, description }]) => [
        `\`${key}\``,
        `\`${key === 'layers' ? defaultLayers : JSON.stringify(value).replaceAll('"', "'")}\``,
        takes,
        description,
      ])
      const cells = rows.filter(Boolean).map((row) => row.slice(2, -2).split(' | '))
      expect(cells.map(([key, , ...rest]) => [key, ...rest])).toEqual(expected)
    })
  },
)
