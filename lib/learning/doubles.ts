/**
 * The key of a property of estimators that compute with float64 rows. Others round rows to float32; code that prepares rows
 * for them may do so as well.
 */
export const readsDoubles: unique symbol = Symbol.for('perceptra.readsDoubles')
