/** What a page of the playground chooses. */
export interface Choice {
  readonly data: 'xor' | 'moons' | 'blobs' | 'spirals' | 'digits'
  /** The standard deviation of the noise of the points. */
  readonly noise: number
  /** The number of units of each hidden layer. */
  readonly units: readonly number[]
  readonly activation: 'linear' | 'relu' | 'tanh' | 'sigmoid' | 'gelu'
  /** How kernels start. */
  readonly start: 'glorotUniform' | 'heNormal' | 'zeros' | 'ones' | 'randomNormal'
  readonly optimizer: 'sgd' | 'momentum' | 'adam'
  readonly learningRate: number
  readonly batchSize: number
  /** Epochs between two frames. */
  readonly epochsPerFrame: number
  readonly seed: number
}

/** What a page is told before the first frame. */
export interface Scene {
  /** The name of this run, for `/control`. */
  readonly run: string
  readonly classes: number
  /** Points of training and of testing, in two dimensions, with their classes; none for digits. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly label: number; readonly test: boolean }[]
  /** The square that the pictures show: its least and greatest coordinate. */
  readonly range: readonly [number, number]
  /** Test digits: their pixels, 64 bytes each, in base64, and their classes. */
  readonly digits?: { readonly pixels: string; readonly labels: readonly number[] }
  /** Cells along a side of the picture of the outputs, and of the pictures of units. */
  readonly grid: number
  readonly unitGrid: number
}

/** One frame of a run. Pictures are bytes in base64. */
export interface Frame {
  readonly epoch: number
  readonly loss: number
  readonly testLoss: number
  readonly accuracy: number
  readonly testAccuracy: number
  /** For each cell the most probable class, and how probable it is (0 to 255): two bytes. Empty for digits. */
  readonly outputs: string
  /** For each hidden layer: its units' pictures, one after the other; 128 is 0. */
  readonly layers: readonly { readonly units: number; readonly pictures: string; readonly side: number }[]
  /** The root mean square of the gradient of each layer's kernel, from the input to the output. */
  readonly gradients: readonly number[]
  /** For digits: the class that the model says for each of the test digits. */
  readonly said?: readonly number[]
}

/** The run ended: the reason, in words. */
export interface Ended {
  readonly reason: string
}
