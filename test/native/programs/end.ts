// Does one thing and then lets the process exit by itself: end.ts fit|predict|abort|dispose|unawaited
import { large, makeData, makeModel, small } from './model.js'

const [x, y] = makeData(400, small)
const model = makeModel(small)
switch (process.argv[2]) {
  case 'fit':
    await model.fit(x, y, { epochs: 3 })
    break
  case 'predict':
    await model.predict(x)
    await model.evaluate(x, y)
    model.predictSync(x.slice(0, 20))
    break
  case 'abort': {
    const big = makeModel(large)
    const signal = AbortSignal.timeout(300)
    await big.fit(...makeData(512, large), { epochs: 1e6, batchSize: 128, signal }).catch((error) => {
      if (error !== signal.reason) throw error
    })
    break
  }
  case 'dispose': {
    const run = model.fit(x, y, { epochs: 1e6 })
    setTimeout(() => model.dispose(), 50)
    await run.catch(() => undefined)
    break
  }
  case 'unawaited':
    void model.fit(x, y, { epochs: 3 }).then(() => process.stdout.write('settled '))
    break
}
process.stdout.write('last line')
