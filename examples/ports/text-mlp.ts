// Topics of texts, from the words that are in them. Of Keras's example reuters_mlp.py, with SMS messages in place of newswires.
import { join } from 'node:path'
import { datasets, layers, Matrix, modelSelection, Sequential } from 'perceptra'
import { main } from './main.js'

const wordsOf = (text: string) => text.toLowerCase().match(/[a-z0-9']+/g) ?? []

/** The most frequent words of the texts, and the number of each. */
function makeVocabulary(texts: readonly string[], maxWords: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of texts.flatMap(wordsOf)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const frequent = [...counts].sort(([, a], [, b]) => b - a).slice(0, maxWords)
  return new Map(frequent.map(([word], i) => [word, i]))
}

/** 1 in the column of each word that a text has. */
function toBinaryMatrix(texts: readonly string[], vocabulary: ReadonlyMap<string, number>, maxWords: number): Matrix {
  const matrix = new Matrix(new Float32Array(texts.length * maxWords), texts.length, maxWords)
  for (const [i, text] of texts.entries()) {
    for (const word of wordsOf(text)) if (vocabulary.has(word)) matrix.row(i)[vocabulary.get(word)!] = 1
  }
  return matrix
}

export async function learnTexts(dir: string, { epochs = 5, maxWords = 1000, batchSize = 32 } = {}) {
  const table = await datasets.readCsv(join(dir, 'sms-spam.csv.gz'), { kinds: { text: 'string' } })
  const texts = [...table].map((row) => row.text as string)
  const labels = [...table].map((row) => Number(row.label === 'spam'))
  const { xTrain, xTest, yTrain, yTest } = modelSelection.trainTestSplit(texts, labels, { testSize: 0.2, seed: 1 })
  const vocabulary = makeVocabulary(xTrain, maxWords)
  const [trainMatrix, testMatrix] = [xTrain, xTest].map((part) => toBinaryMatrix(part, vocabulary, maxWords))

  const model = new Sequential({
    layers: [
      layers.dense({ units: 512, inputShape: [maxWords] }),
      layers.activation({ activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 2 }),
      layers.activation({ activation: 'softmax' }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  await model.fit(trainMatrix!, yTrain, { batchSize, epochs, validationSplit: 0.1 })
  return await model.evaluate(testMatrix!, yTest)
}

await main(import.meta.url, learnTexts)
