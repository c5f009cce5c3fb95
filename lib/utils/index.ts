export { argMax } from './arg-max.js'
export { toCategorical } from './to-categorical.js'
