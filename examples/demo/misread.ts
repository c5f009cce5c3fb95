import type { Matrix } from 'perceptra'
import { largest } from './confusion.js'
import { drawImage } from './draw.js'

/** An image with a wrong prediction. */
export interface Misread {
  /** The row of the image. */
  index: number
  label: number
  predicted: number
  /** The probabilities of the predicted and of the true class. */
  probability: number
  probabilityOfTruth: number
}

/** All mistakes, the most confident first: they show best what the network has not learned. */
export function findMisread(probabilities: Matrix, labels: ArrayLike<number>): Misread[] {
  const mistakes: Misread[] = []
  for (let index = 0; index < probabilities.rows; index++) {
    const row = probabilities.row(index)
    const [label, predicted] = [labels[index]!, largest(row)]
    if (label === predicted) continue
    mistakes.push({ index, label, predicted, probability: row[predicted]!, probabilityOfTruth: row[label]! })
  }
  return mistakes.sort((a, b) => b.probability - a.probability)
}

/** The image above its true and its predicted class. */
export function drawMisread(
  { label, predicted, probability, probabilityOfTruth }: Misread,
  pixels: ArrayLike<number>,
  { imageShape, classNames }: { imageShape: readonly [number, number]; classNames: readonly string[] },
): string[] {
  return [
    ...drawImage(pixels, imageShape),
    `is ${classNames[label]} (${percent(probabilityOfTruth)})`,
    `read as ${classNames[predicted]} (${percent(probability)})`,
  ]
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
