/**
 * The key of a property of models whose fit takes the option `threads`. Whoever runs several fits side by
 * side gives each of them one thread.
 */
export const takesThreads: unique symbol = Symbol.for('perceptra.takesThreads')
