import { checkString } from '../base/check.js'
import type { EstimatorJson } from '../estimators/estimator.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { Learner } from '../learning/learner.js'
import type { OptionsOf, ParametersOf, ParameterTable } from '../learning/parameters.js'
import { wrapped } from '../learning/wrapped.js'
import { type PartParams, paramsOfPart, routeParams, setPartParams } from '../preprocessing/transformer-like.js'
import { type EstimatorLike, jsonOf, type Step } from './steps.js'

/** A model that holds other models as parameters, and fits clones of them. `L` is what training leaves. */
export abstract class Wrapper<T extends ParameterTable, L extends object> extends Learner<T, L> {
  /** All parameters, and those of the models among them, such as `regressor.alpha`. */
  override getParams(): ParametersOf<T> & PartParams {
    const params = super.getParams()
    const parts = Object.entries(params).filter(([, value]) => isModel(value))
    return Object.assign({}, ...parts.map(([name, part]) => paramsOfPart(name, part as Step)), params)
  }

  /**
   * Changes parameters, also those of the models among them: `{ 'regressor.alpha': 0.01 }`. The next fit uses them.
   * @throws ArgumentError for parameters that do not exist, and as setParams of a part; then nothing has changed. MlpError
   * ERR_BUSY during fit.
   */
  override setParams(params: PartParams): this {
    const before = super.getParams()
    const names = Object.keys(before)
    const { whole, partParams } = routeParams(params, names, names, `setParams() of ${this.definition.name}`)
    super.setParams(whole as OptionsOf<T>)
    setPartParams(new Map(Object.entries(super.getParams())), partParams, () => super.setParams(before as OptionsOf<T>))
    return this
  }

  override clone(): this {
    const copies = Object.entries(this.params).map(([name, value]) => [name, isModel(value) ? value.clone() : value])
    return new (this.constructor as new (params: object) => this)(Object.fromEntries(copies) as object)
  }

  /**
   * Writes all that was learned to one safetensors file, which is replaced as a whole or not at all.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_NOT_FITTED.
   */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    await writeFileAtomic(path, this.toBytes())
  }

  /**
   * The bytes of the file that `save` writes.
   * @throws MlpError ERR_NOT_FITTED.
   */
  abstract toBytes(): Uint8Array

  /** Parameters and what was learned in a few facts, as plain JSON for logs; `save` and `toBytes` write the whole model. */
  toJSON(): EstimatorJson {
    const plain = (values: object) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isModel(value) ? jsonOf(value) : value]))
    const learned = this.learnedSoFar
    const params = Object.fromEntries(
      Object.entries(this.params).map(([key, value]) => [key, isModel(value) ? value.clone() : value]),
    )
    return { kind: this.definition.name, params: plain(params), state: learned ? plain(this.facts(learned)) : null }
  }

  /** What was learned in a few facts, for logs. */
  protected facts(learned: L): object {
    return learned
  }

  /** @internal The model that gets the rows. */
  abstract get [wrapped](): EstimatorLike
}

function isModel(value: unknown): value is Step {
  const { getParams, clone } = Object(value) as Record<string, unknown>
  return typeof getParams === 'function' && typeof clone === 'function'
}
