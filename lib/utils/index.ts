export { argMax } from './arg-max.js'
export { type QuantileBinsOptions, quantileBins } from './quantile-bins.js'
export { toCategorical } from './to-categorical.js'
