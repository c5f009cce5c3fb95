// Distorts images in a worker thread: each message requests one epoch and brings the buffer for it.
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
