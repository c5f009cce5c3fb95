import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { layers, MLPClassifier, modelSelection, pipeline, preprocessing, Sequential } from '../../../lib/index.js'

const x = [[0], [1], [2], [3], [4], [5]]
const y = ['a', 'a', 'a', 'b', 'b', 'b']
const classifier = () => new MLPClassifier({ hiddenLayerSizes: [3], solver: 'lbfgs', maxIter: 5, seed: 1 })

describe('console.log', () => {
  it('of an estimator shows its parameters, and what it learned', async () => {
    const model = classifier()
    expect(inspect(model)).toMatch(/^MLPClassifier \{.*hiddenLayerSizes: \[ 3 \],.*seed: 1,.*learned: null\n\}$/s)
    await model.fit(x, y)
    expect(inspect(model)).toMatch(
      /learned: \{\s+classes: \[ 'a', 'b' \],\s+nFeaturesIn: 1,\s+nIter: \d+,\s+loss: [\d.e-]+,/,
    )
  })

  it('of a transformer shows its parameters, and the columns of fit', async () => {
    const scaler = await new preprocessing.StandardScaler({ withMean: false }).fit(x)
    expect(inspect(scaler)).toMatch(
      /^StandardScaler \{ withMean: false, withStd: true, .*learned: \{ nFeaturesIn: 1 \} \}$/s,
    )
  })

  it('of a pipeline shows its steps by name', async () => {
    const model = pipeline([new preprocessing.StandardScaler(), classifier()])
    const unfitted = inspect(model, { depth: 5 })
    expect(unfitted).toMatch(
      /^Pipeline \{\s+steps: \{\s+standardscaler: StandardScaler \{.*mlpclassifier: MLPClassifier \{/s,
    )
    expect(unfitted).toContain('learned: null')
    await model.fit(x, y)
    expect(inspect(model, { depth: 5 })).toContain("classes: [ 'a', 'b' ]")
    expect(inspect(model, { depth: 0 })).toMatch(/^Pipeline \{\s+steps: \[Object\]/)
  })

  it('of a search shows its options, and what it found', async () => {
    const search = new modelSelection.GridSearch({
      estimator: classifier(),
      params: { alpha: [0.1, 1] },
      cv: 2,
      seed: 1,
    })
    expect(inspect(search)).toMatch(/^GridSearch \{.*params: \{ alpha: \[ 0.1, 1 \] \},.*found: null\n\}$/s)
    await search.fit(x, y)
    expect(inspect(search)).toMatch(
      /found: \{\s+candidates: 2,\s+stopReason: 'done',\s+bestParams: \{ alpha: [\d.]+ \},\s+bestScore: /,
    )
  })

  it('of a network shows its layers, and how it is compiled', () => {
    const dense = layers.dense({ units: 2, activation: 'softmax', inputShape: [3] })
    const model = new Sequential({ layers: [dense, layers.dropout({ rate: 0.5 })], seed: 1 })
    expect(inspect(model)).toMatch(
      /\{ name: 'dense', type: 'dense', units: 2, activation: 'softmax' \},.*parameters: 8,/s,
    )
    expect(inspect(model)).toContain('compiled: false')
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['meanAbsoluteError', 'r2'] })
    expect(inspect(model)).toMatch(
      /optimizer: 'adam',\s+loss: 'meanSquaredError',\s+metrics: \[ 'meanAbsoluteError', 'r2' \],/,
    )
    model.dispose()
    expect(inspect(model)).toBe("Sequential { name: 'sequential', disposed: true }")
  })
})

describe('JSON.stringify', () => {
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, never>

  it('of an estimator has its parameters and facts', async () => {
    const model = await classifier().fit(x, y)
    const { kind, params, state } = plain(model)
    expect(kind).toBe('MLPClassifier')
    expect(params).toMatchObject({ hiddenLayerSizes: [3], seed: 1 })
    expect(state).toMatchObject({ classes: ['a', 'b'], nFeaturesIn: 1, nIter: model.nIter })
    expect(plain(classifier()).state).toBeNull()
  })

  it('of a pipeline with an estimator has its steps, which fromJSON refuses', async () => {
    const model = pipeline([new preprocessing.StandardScaler(), classifier()])
    const json = plain(await model.fit(x, y))
    expect(json).toMatchObject({
      kind: 'Pipeline',
      params: {
        steps: [
          ['standardscaler', { state: null }],
          ['mlpclassifier', { kind: 'MLPClassifier', state: null }],
        ],
      },
      state: {
        steps: [
          ['standardscaler', {}],
          ['mlpclassifier', { state: { classes: ['a', 'b'] } }],
        ],
      },
    })
  })

  it('of a search has its options and what it found', async () => {
    const params = { alpha: [0.1, 1] }
    const search = new modelSelection.GridSearch({ estimator: classifier(), params, cv: 2, seed: 1 })
    await search.fit(x, y)
    expect(plain(search)).toMatchObject({
      kind: 'GridSearch',
      params: { estimator: { kind: 'MLPClassifier' }, params, cv: 2, seed: 1 },
      state: { candidates: 2, stopReason: 'done', bestParams: search.bestParams },
    })
  })
})
