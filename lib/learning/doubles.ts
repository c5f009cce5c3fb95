/**
 * The key of a property of estimators that compute with float64 rows. Others round rows to float32; code that prepares rows
 * for them may do so as well.
 */
export const readsDoubles: unique symbol = Symbol.for('perceptra.readsDoubles')

/**
 * The key of a property of estimators that take tables of numbers alone, and round them to float32: code that fits several of them
 * may do so once for all.
 */
export const readsFloats: unique symbol = Symbol.for('perceptra.readsFloats')
