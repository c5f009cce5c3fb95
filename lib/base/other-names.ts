/**
 * Names of Keras, TensorFlow.js, PyTorch and scikit-learn that no misspelling of ours would lead to, in lower case. A message
 * that lists the right names suggests the one that is among them.
 */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  mse: ['meanSquaredError'],
  mae: ['meanAbsoluteError'],
  rmse: ['rootMeanSquaredError'],
  mape: ['meanAbsolutePercentageError'],
  l1loss: ['meanAbsoluteError'],
  mseloss: ['meanSquaredError'],
  bce: ['binaryCrossentropy'],
  sigmoidcrossentropy: ['binaryCrossentropy'],
  logloss: ['binaryCrossentropy'],
  cce: ['categoricalCrossentropy'],
  crossentropy: ['categoricalCrossentropy', 'logLoss'],
  softmaxcrossentropy: ['categoricalCrossentropy'],
  scce: ['sparseCategoricalCrossentropy'],
  nll: ['sparseCategoricalCrossentropy', 'gaussianNll'],
  kld: ['kullbackLeibler'],
  kldivergence: ['kullbackLeibler'],
  kullbackleiblerdivergence: ['kullbackLeibler'],
  binaryfocalcrossentropy: ['focal'],
  categoricalfocalcrossentropy: ['focal'],
  pinball: ['quantile'],
  acc: ['accuracy'],
  rocauc: ['auc'],
  f1score: ['f1'],
  r2score: ['r2'],
  topk: ['topKAccuracy'],
  topkcategoricalaccuracy: ['topKAccuracy'],
  sparsetopkcategoricalaccuracy: ['topKAccuracy'],
  swish: ['silu'],
  identity: ['linear'],
  logistic: ['sigmoid'],
  momentum: ['sgd'],
  xavieruniform: ['glorotUniform'],
  xaviernormal: ['glorotNormal'],
  kaiminguniform: ['heUniform'],
  kaimingnormal: ['heNormal'],
  randomstate: ['seed'],
  randomseed: ['seed'],
  njobs: ['concurrency', 'threads'],
  lr: ['learningRateInit', 'learningRate'],
  epochs: ['maxIter'],
}

/** The name here of what has the name `word` elsewhere, if it is among `words`. */
export function nameHere(word: string, words: readonly string[]): string | undefined {
  const key = word.toLowerCase().replaceAll(/[_\s-]/g, '')
  if (!Object.hasOwn(otherNames, key)) return undefined
  return otherNames[key]!.find((name) => words.includes(name))
}
