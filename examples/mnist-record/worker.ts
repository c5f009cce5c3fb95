// Distorts images in a thread of its own: each message asks for one epoch, in the buffer that comes with it.
import { parentPort, workerData } from 'node:worker_threads'
import { type Distortion, distortImages, type Images } from './distort.js'

export interface WorkerTask {
  images: Images
  distortion: Distortion
  seed: number
}

export interface Order {
  epoch: number
  buffer: ArrayBuffer
}

const { images, distortion, seed } = workerData as WorkerTask

parentPort!.on('message', ({ epoch, buffer }: Order) => {
  distortImages(images, new Uint8Array(buffer), distortion, seed, epoch)
  parentPort!.postMessage(buffer, [buffer])
})
