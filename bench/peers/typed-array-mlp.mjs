import { addProducts, dotProducts } from './products.mjs'

// JavaScript computes in doubles: Float32Array, with a conversion at every load, was 5 to 40 % slower on all nets but
// the smallest, where both are equal. Only one type: with both, V8 would compile every loop for two types.
export const Real = Float64Array

const beta1 = 0.9
const beta2 = 0.999
// Added to moments without bias correction: in the first steps, where it matters, similar to 1e-8 with correction.
const epsilon = 1e-9

/**
 * A multi-layer perceptron in plain JavaScript, as fast as we can write it, to show the gain of native code.
 * Everything is allocated in the constructor; a step allocates nothing.
 */
export class TypedArrayMlp {
  constructor({ sizes, hidden, output, batch, optimizer, rate }) {
    this.hidden = hidden
    this.output = output
    this.batch = batch
    this.adam = optimizer === 'adam'
    this.rate = rate
    this.steps = 0
    this.layers = sizes.slice(1).map((width, i) => makeLayer(sizes[i], width, batch, this.adam))
    this.row = new Real(sizes[0])
  }

  /** Kernels as (in, out) tables and biases, alternating. */
  setWeights(tensors) {
    for (const [i, layer] of this.layers.entries()) {
      const { depth, width } = layer
      const kernel = tensors[2 * i]
      // Stored transposed, so that a unit's weights are contiguous.
      for (let n = 0; n < width; n++) for (let k = 0; k < depth; k++) layer.w[n * depth + k] = kernel[k * width + n]
      layer.bias.set(tensors[2 * i + 1])
    }
  }

  /** Steps over whole batches of `x` and `y`, starting at `from`, cyclically; returns the mean loss. */
  train(x, y, rows, from, steps) {
    const { batch, layers } = this
    const depth = layers[0].depth
    const batches = Math.floor(rows / batch)
    let loss = 0
    for (let step = 0; step < steps; step++) {
      const row = ((from + step) % batches) * batch
      this.forward(x, row * depth, batch)
      loss += this.lossAndGradient(y, row)
      this.backward(x, row * depth)
    }
    return loss / steps
  }

  predict(row) {
    // Plain loops: set and slice cost more than the smallest net.
    for (let k = 0; k < this.row.length; k++) this.row[k] = row[k]
    this.forward(this.row, 0, 1)
    const { out, width } = this.layers[this.layers.length - 1]
    const result = new Float32Array(width)
    for (let n = 0; n < width; n++) result[n] = out[n]
    return result
  }

  forward(x, at, rows) {
    const last = this.layers.length - 1
    for (let i = 0; i <= last; i++) {
      const { out, w, bias, width, depth } = this.layers[i]
      dotProducts(out, 0, x, at, w, bias, rows, width, depth)
      activate(i < last ? this.hidden : this.output, out, rows, width)
      x = out
      at = 0
    }
  }

  /** Cross-entropy of the batch; writes its gradient with respect to the last layer's sums to `delta`: (p - y) / batch. */
  lossAndGradient(y, row) {
    const { out, delta, width } = this.layers[this.layers.length - 1]
    const { batch } = this
    let loss = 0
    for (let r = 0; r < batch; r++) {
      const target = y[row + r]
      const at = r * width
      if (width === 1) {
        const p = out[at]
        loss -= Math.log(Math.max(target === 1 ? p : 1 - p, 1e-30))
        delta[at] = (p - target) / batch
      } else {
        loss -= Math.log(Math.max(out[at + target], 1e-30))
        for (let n = 0; n < width; n++) delta[at + n] = out[at + n] / batch
        delta[at + target] -= 1 / batch
      }
    }
    return loss / batch
  }

  backward(x, at) {
    this.steps++
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i]
      if (i > 0) this.backwardToInputs(layer, this.layers[i - 1])
      // Last, because the inputs' gradient needs the weights before the step.
      if (i > 0) this.update(layer, this.layers[i - 1].out, 0)
      else this.update(layer, x, at)
    }
  }

  backwardToInputs({ w, delta, width, depth }, below) {
    const size = this.batch * depth
    const { delta: into, out } = below
    for (let j = 0; j < size; j++) into[j] = 0
    addProducts(into, 0, delta, 0, width, 1, w, 0, this.batch, width, depth)
    if (this.hidden === 'relu') for (let j = 0; j < size; j++) into[j] = out[j] > 0 ? into[j] : 0
    else for (let j = 0; j < size; j++) into[j] *= out[j] * (1 - out[j])
  }

  update(layer, x, at) {
    if (this.adam) this.updateAdam(layer, x, at)
    else this.updateSgd(layer, x, at)
  }

  /** The product accumulates directly into the weights: no gradient is stored. */
  updateSgd({ w, bias, delta, width, depth }, x, at) {
    const { batch, rate } = this
    for (let j = 0; j < batch * width; j++) delta[j] *= -rate
    for (let r = 0; r < batch; r++) for (let n = 0; n < width; n++) bias[n] += delta[r * width + n]
    addProducts(w, 0, delta, 0, 1, width, x, at, width, batch, depth)
  }

  /** Two units at a time, so that their gradients and moments are used while they are in cache. */
  updateAdam({ w, bias, delta, gradient, m, v, mBias, vBias, width, depth }, x, at) {
    const { batch } = this
    const scale = this.rate * (Math.sqrt(1 - beta2 ** this.steps) / (1 - beta1 ** this.steps))
    for (let n = 0; n < width; n += 2) {
      const units = Math.min(2, width - n)
      for (let j = 0; j < units * depth; j++) gradient[j] = 0
      addProducts(gradient, 0, delta, n, 1, width, x, at, units, batch, depth)
      adam(w, m, v, n * depth, gradient, units * depth, scale)
    }
    for (let n = 0; n < width; n++) {
      let sum = 0
      for (let r = 0; r < batch; r++) sum += delta[r * width + n]
      gradient[0] = sum
      adam(bias, mBias, vBias, n, gradient, 1, scale)
    }
  }
}

function makeLayer(depth, width, batch, withMoments) {
  const moments = withMoments ? depth * width : 0
  return {
    depth,
    width,
    w: new Real(depth * width),
    bias: new Real(width),
    out: new Real(batch * width),
    delta: new Real(batch * width),
    gradient: new Real(withMoments ? 2 * depth : 0),
    m: new Real(moments),
    v: new Real(moments),
    mBias: new Real(withMoments ? width : 0),
    vBias: new Real(withMoments ? width : 0),
  }
}

function activate(name, out, rows, width) {
  const size = rows * width
  if (name === 'relu') for (let j = 0; j < size; j++) out[j] = out[j] > 0 ? out[j] : 0
  else if (name === 'sigmoid') for (let j = 0; j < size; j++) out[j] = 1 / (1 + Math.exp(-out[j]))
  else for (let r = 0; r < rows; r++) softmax(out, r * width, width)
}

function softmax(out, at, width) {
  let max = Number.NEGATIVE_INFINITY
  for (let n = at; n < at + width; n++) if (out[n] > max) max = out[n]
  let sum = 0
  for (let n = at; n < at + width; n++) {
    const e = Math.exp(out[n] - max)
    out[n] = e
    sum += e
  }
  const inverse = 1 / sum
  for (let n = at; n < at + width; n++) out[n] *= inverse
}

/** Keras's form of the bias correction, as a factor of the rate. */
function adam(w, m, v, at, gradient, size, scale) {
  for (let j = 0; j < size; j++) {
    const g = gradient[j]
    const first = beta1 * m[at + j] + (1 - beta1) * g
    const second = beta2 * v[at + j] + (1 - beta2) * g * g
    m[at + j] = first
    v[at + j] = second
    w[at + j] -= (scale * first) / (Math.sqrt(second) + epsilon)
  }
}
