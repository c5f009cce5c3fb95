// Texts to classes by vectors: a sentence encoder gives 384 numbers a text, which are the columns of a row.
import { TabularClassifier } from 'perceptra'

/** A text's vector as a row, with columns v0, v1, ... */
export function rowOf(vector: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(Array.from(vector, (value, i) => [`v${i}`, value]))
}

/** Learns topics of vectors. The class of a new text is `model.predictSync(rowOf(vector))`. */
export async function learnTopics(vectors: readonly ArrayLike<number>[], topics: readonly string[]) {
  const rows = vectors.map((vector, i) => ({ ...rowOf(vector), topic: topics[i]! }))
  return new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'topic', metric: 'logLoss' })
}
