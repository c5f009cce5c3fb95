import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Distortion, Images } from './distort.js'
import type { Order, WorkerTask } from './worker.js'

/**
 * New distorted images for each epoch, made by a worker thread during the previous epoch. One buffer is passed back and
 * forth: fit has copied its data when training starts, and then the worker may write again.
 */
export class DistortionStream {
  readonly #worker: Worker
  #epoch: number
  #ready: Promise<ArrayBuffer>

  constructor(images: Images, distortion: Distortion, { seed, epoch = 0 }: { seed: number; epoch?: number }) {
    const workerData: WorkerTask = { images: { ...images, pixels: toShared(images.pixels) }, distortion, seed }
    this.#worker = new Worker(new URL('./thread.mjs', import.meta.url), { workerData })
    this.#epoch = epoch
    this.#ready = this.#order(new ArrayBuffer(images.pixels.length))
  }

  /** Resolves to the images of the next epoch and the seconds it waited for them. */
  async next(): Promise<{ pixels: Uint8Array; waited: number }> {
    const start = performance.now()
    const pixels = new Uint8Array(await this.#ready)
    return { pixels, waited: (performance.now() - start) / 1000 }
  }

  /** Returns the array from `next`, for the images of the epoch after. */
  giveBack(pixels: Uint8Array): void {
    this.#ready = this.#order(pixels.buffer as ArrayBuffer)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #order(buffer: ArrayBuffer): Promise<ArrayBuffer> {
    const order: Order = { epoch: this.#epoch++, buffer }
    const answer = once(this.#worker, 'message').then(([images]) => images as ArrayBuffer)
    // Avoids an unhandled rejection; next() rethrows.
    answer.catch(() => {})
    this.#worker.postMessage(order, [buffer])
    return answer
  }
}

/** A copy in shared memory. */
function toShared(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}
