import { describe, expect, it } from 'vitest'
import {
  MLPClassifier,
  MLPRegressor,
  modelSelection,
  pipeline,
  preprocessing,
  SGDClassifier,
} from '../../../lib/index.js'
import { takesThreads } from '../../../lib/learning/threads.js'
import { type CallableModel, singleThread } from '../../../lib/model-selection/model.js'
import { x, y } from './clouds.js'

const optionsOf = (model: unknown) => singleThread(model as CallableModel)

describe('singleThread', () => {
  it('gives networks one thread, alone and at the end of a pipeline', () => {
    const scaler = new preprocessing.StandardScaler()
    for (const network of [new MLPClassifier(), new MLPRegressor()]) {
      expect(optionsOf(network)).toEqual({ threads: 1 })
      expect(optionsOf(pipeline([scaler, network]))).toEqual({ threads: 1 })
    }
    expect(optionsOf(new SGDClassifier())).toEqual({})
    expect(optionsOf(pipeline([scaler, new SGDClassifier()]))).toEqual({})
  })

  it('gives one thread to every fit of a model with the property, and the option to no other', async () => {
    const seen: object[] = []
    class Model {
      clone = (): Model => new (this.constructor as typeof Model)()
      getParams = () => ({})
      setParams = () => this
      score = async () => 1
      async fit(_x: unknown, _y: unknown, options: object = {}) {
        seen.push(options)
      }
    }
    class Threaded extends Model {
      readonly [takesThreads] = true
    }
    await modelSelection.crossValidate(new Threaded(), x, y, { cv: 2 })
    await modelSelection.crossValidate(new Model(), x, y, { cv: 2 })
    expect(seen.map((options) => 'threads' in options && options.threads)).toEqual([1, 1, false, false])
  })
})
