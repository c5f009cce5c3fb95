import { checkOptions, checkString, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** A function of one number, for FunctionTransformer. */
export type NumberFunction = (value: number, column: number) => number

/** Options of `registerFunction`. */
export interface RegisterFunctionOptions {
  /** The name of the inverse, which is registered as well; none by default. */
  inverse?: string | undefined
}

interface Entry {
  readonly apply: NumberFunction
  readonly inverse: string | undefined
}

/** Functions by name: files hold names, never code. */
const registry = new Map<string, Entry>([
  ['identity', { apply: (value) => value, inverse: 'identity' }],
  ['log', { apply: Math.log, inverse: 'exp' }],
  ['exp', { apply: Math.exp, inverse: 'log' }],
  ['log1p', { apply: Math.log1p, inverse: 'expm1' }],
  ['expm1', { apply: Math.expm1, inverse: 'log1p' }],
  ['log2', { apply: Math.log2, inverse: 'exp2' }],
  ['exp2', { apply: (value) => 2 ** value, inverse: 'log2' }],
  ['log10', { apply: Math.log10, inverse: 'exp10' }],
  ['exp10', { apply: (value) => 10 ** value, inverse: 'log10' }],
  ['sqrt', { apply: Math.sqrt, inverse: 'square' }],
  ['square', { apply: (value) => value * value, inverse: 'sqrt' }],
  ['cbrt', { apply: Math.cbrt, inverse: 'cube' }],
  ['cube', { apply: (value) => value ** 3, inverse: 'cbrt' }],
  ['reciprocal', { apply: (value) => 1 / value, inverse: 'reciprocal' }],
  ['negative', { apply: (value) => -value, inverse: 'negative' }],
  ['abs', { apply: Math.abs, inverse: undefined }],
  ['sign', { apply: Math.sign, inverse: undefined }],
  ['sin', { apply: Math.sin, inverse: undefined }],
  ['cos', { apply: Math.cos, inverse: undefined }],
  ['tanh', { apply: Math.tanh, inverse: 'atanh' }],
  ['atanh', { apply: Math.atanh, inverse: 'tanh' }],
])

/** The names that cannot be registered: files of every program may hold them. */
const builtIn = new Set(registry.keys())

/**
 * Registers a function of one number under a name, for `FunctionTransformer`. A file holds the name alone: a program that loads it
 * registers the function first. A second function of a name replaces the first.
 * @throws ArgumentError for the name of a built-in function, anything but a function, or an unknown inverse.
 * @example
 * preprocessing.registerFunction('fahrenheit', (celsius) => 1.8 * celsius + 32)
 * const transformer = await new preprocessing.FunctionTransformer({ func: 'fahrenheit' }).fit([[20]])
 * transformer.transformSync([100]) // [212]
 */
export function registerFunction(name: string, apply: NumberFunction, options: RegisterFunctionOptions = {}): void {
  checkString(name, 'name')
  if (builtIn.has(name)) throw new ArgumentError(`Expected another name than the built-in ${name} for a function.`)
  if (typeof apply !== 'function') throw invalid(`the function ${name}`, 'a function of a number', apply)
  checkOptions(options, 'registerFunction()', optionKeys<RegisterFunctionOptions>({ inverse: true }))
  const { inverse } = options
  registry.set(name, { apply, inverse: inverse === undefined ? undefined : readFunctionName(inverse, 'inverse') })
}

/**
 * The name of a registered function.
 * @throws ArgumentError for any other value.
 */
export function readFunctionName(value: unknown, name: string): string {
  if (typeof value === 'string' && registry.has(value)) return value
  const hint =
    'Register functions of your own by preprocessing.registerFunction, before a file that names them is loaded.'
  throw invalid(name, `the name of a function, one of ${[...registry.keys()].join(', ')}`, value, hint)
}

/** A registered function. */
export function functionOf(name: string): NumberFunction {
  return registry.get(name)!.apply
}

/** The name of the inverse of a registered function; undefined if it has none. */
export function inverseOf(name: string): string | undefined {
  return registry.get(name)?.inverse
}
