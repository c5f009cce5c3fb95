const glorot = { name: 'glorotUniform' }
const zeros = { name: 'zeros' }

/** Far longer than any epoch. */
const noBudget = 1e9

export async function openNative() {
  return (await import('../../dist/native.cjs')).native()
}

/** A model of the bare core, without the TypeScript API. */
export function makeCoreModel(native, { net, optimizer }) {
  const { sizes, hidden, output } = net
  const model = new native.Model({
    inputs: sizes[0],
    seed: 1,
    layers: sizes.slice(1).map((units, i) => ({
      type: 'dense',
      units,
      useBias: true,
      activation: { name: i === sizes.length - 2 ? output : hidden },
      kernelInitializer: glorot,
      biasInitializer: zeros,
      trainable: true,
      rateFactor: 1,
    })),
  })
  model.compile({
    loss: {
      name: output === 'softmax' ? 'sparseCategoricalCrossentropy' : 'binaryCrossentropy',
      fromLogits: false,
    },
    optimizer:
      optimizer === 'adam'
        ? { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
        : { name: 'sgd', momentum: 0, nesterov: false },
    metrics: [],
  })
  return model
}

export function copyData(native, { net, x, y }) {
  return net.output === 'softmax'
    ? new native.Dataset(x, net.sizes[0], y, 0)
    : new native.Dataset(x, net.sizes[0], Float32Array.from(y), 1)
}

/** One epoch from JavaScript arrays: the minimum that `fit` must do. */
export async function trainCore(native, model, spec, epoch = 0) {
  const data = copyData(native, spec)
  const { steps } = model.beginEpoch(data, { batchSize: spec.net.batch, shuffle: true, epoch, threads: 0 })
  // The core ends a slice early when it tries another number of threads.
  for (let done = false; !done; ) {
    const slice = await model.train(steps, Float64Array.of(spec.rate), noBudget)
    if (!slice.finite) throw new Error('the loss is not finite')
    done = slice.epochDone
  }
  data.dispose()
  return steps
}
