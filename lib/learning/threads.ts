/**
 * The key of a property of models whose fit takes the option `threads`. Code that runs several fits
 * at once passes one thread to each.
 */
export const takesThreads: unique symbol = Symbol.for('perceptra.takesThreads')
