export { type DigitsOptions, digits } from './digits.js'
export { type IdxArray, readIdx } from './idx.js'
export type { ImageDataset, ImageSplit } from './images.js'
export { fashionMnist, type ImageOptions, mnist } from './mnist.js'
