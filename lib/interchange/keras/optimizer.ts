import type { CompileOptions } from '../../spec/compile.js'
import type { JsonObject, JsonReader } from '../read/json.js'
import { isObject } from '../read/json.js'
import { uncompiled } from './config.js'

/** The parameters of each optimizer, by Keras's names. */
const parameters: Readonly<Record<string, readonly (readonly [keras: string, own: string])[]>> = {
  sgd: [
    ['momentum', 'momentum'],
    ['nesterov', 'nesterov'],
  ],
  adagrad: [
    ['initial_accumulator_value', 'initialAccumulatorValue'],
    ['epsilon', 'epsilon'],
  ],
  rmsprop: [
    ['rho', 'rho'],
    ['momentum', 'momentum'],
    ['epsilon', 'epsilon'],
    ['centered', 'centered'],
  ],
  adadelta: [
    ['rho', 'rho'],
    ['epsilon', 'epsilon'],
  ],
  adam: [
    ['beta_1', 'beta1'],
    ['beta_2', 'beta2'],
    ['epsilon', 'epsilon'],
    ['amsgrad', 'amsgrad'],
  ],
  adamw: [
    ['beta_1', 'beta1'],
    ['beta_2', 'beta2'],
    ['epsilon', 'epsilon'],
    ['amsgrad', 'amsgrad'],
  ],
  adamax: [
    ['beta_1', 'beta1'],
    ['beta_2', 'beta2'],
    ['epsilon', 'epsilon'],
  ],
  nadam: [
    ['beta_1', 'beta1'],
    ['beta_2', 'beta2'],
    ['epsilon', 'epsilon'],
  ],
  lion: [
    ['beta_1', 'beta1'],
    ['beta_2', 'beta2'],
  ],
}

/** Where Keras's rules differ from those of other libraries: nadam's momentum warms up by 0.96^t; where epsilon is added. */
const kerasRules: Readonly<Record<string, object>> = {
  nadam: { momentumDecay: 1 },
  rmsprop: { epsilonInRoot: true },
  adam: { rawEpsilon: true },
  adamw: { rawEpsilon: true },
}

/** Parameters that every optimizer has. */
const rules = [
  ['weight_decay', 'weightDecay'],
  ['clipnorm', 'clipNorm'],
  ['global_clipnorm', 'globalClipNorm'],
  ['clipvalue', 'clipValue'],
] as const

/** An optimizer of Keras, such as { class_name: 'Adam', config }. */
export function readKerasOptimizer(value: unknown, json: JsonReader): CompileOptions['optimizer'] {
  if (typeof value === 'string') {
    const name = nameOf(value, json)
    return { name, ...kerasRules[name] } as CompileOptions['optimizer']
  }
  const { class_name: className, config } = json.object(value, 'the optimizer')
  const own = json.object(config, 'the config of the optimizer')
  const name = nameOf(json.text(className, 'class_name of the optimizer'), json)
  if (own.use_ema === true) throw uncompiled(json, 'use_ema of its optimizer')
  if (typeof own.loss_scale_factor === 'number') throw uncompiled(json, 'loss_scale_factor of its optimizer')
  if (typeof own.gradient_accumulation_steps === 'number') {
    throw uncompiled(json, 'the state of gradient_accumulation_steps of its optimizer')
  }
  const options: Record<string, unknown> = { name, learningRate: rateOf(own, name, json), ...rulesOf(name, own) }
  for (const [keras, key] of [...parameters[name]!, ...rules]) {
    const parameter = own[keras]
    if (parameter !== undefined && parameter !== null && parameter !== false) options[key] = parameter
  }
  return options as unknown as CompileOptions['optimizer']
}

function nameOf(className: string, json: JsonReader): string {
  const name = className.replace(/^Torch|^.*>/, '').toLowerCase()
  if (Object.hasOwn(parameters, name)) return name
  throw uncompiled(json, `its optimizer ${JSON.stringify(className)}`)
}

/** Optimizers before Keras 2.11, which have `decay`, differ: nadam's is that of its momentum, rmsprop adds epsilon outside of the root. */
function rulesOf(name: string, { decay, momentum }: JsonObject): object | undefined {
  if (decay === undefined) return kerasRules[name]
  if (name === 'nadam') return { momentumDecay: decay }
  return name === 'rmsprop' && !momentum ? {} : kerasRules[name]
}

/** The rate of an optimizer: before Keras 2.11, `decay` makes it smaller in each step. */
function rateOf({ learning_rate: rate, lr, decay }: JsonObject, name: string, json: JsonReader): unknown {
  const initial = scheduleOf(rate ?? lr, json)
  if (!decay || name === 'nadam') return initial
  if (isObject(initial)) throw uncompiled(json, 'the decay of its optimizer beside a schedule')
  return { name: 'inverseTime', initial, steps: 1, decayRate: json.number(decay, 'decay') }
}

/** A number, or a schedule that both libraries have. */
function scheduleOf(value: unknown, json: JsonReader): unknown {
  if (!isObject(value)) return json.number(value, 'the learning rate')
  const { class_name: className, config } = value
  const own = json.object(config, 'the config of the learning rate')
  switch (className) {
    case 'ExponentialDecay':
    case 'InverseTimeDecay':
      return {
        name: className === 'ExponentialDecay' ? 'exponentialDecay' : 'inverseTime',
        ...{ initial: own.initial_learning_rate, steps: own.decay_steps, decayRate: own.decay_rate },
        staircase: own.staircase === true,
      }
    case 'PolynomialDecay':
      return {
        ...{ name: 'polynomial', initial: own.initial_learning_rate, steps: own.decay_steps },
        ...{ final: own.end_learning_rate, power: own.power, cycle: own.cycle === true },
      }
    case 'PiecewiseConstantDecay':
      return { name: 'piecewise', boundaries: own.boundaries, values: own.values }
    case 'CosineDecay':
      return cosineOf(own, json)
    default:
      throw uncompiled(json, `the learning rate ${JSON.stringify(className)}`)
  }
}

function cosineOf(own: JsonObject, json: JsonReader): object {
  if ((own.warmup_target ?? null) !== null) throw uncompiled(json, 'the warm-up of CosineDecay')
  const initial = json.number(own.initial_learning_rate, 'initial_learning_rate')
  const final = initial * json.number(own.alpha ?? 0, 'alpha')
  return { name: 'cosine', initial, steps: own.decay_steps, final }
}
