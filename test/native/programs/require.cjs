// CommonJS and ESM get the same classes: what one makes, the other knows.
const path = '../../../dist/index.js'
const required = require(path)
import(path).then(async (imported) => {
  const same = Object.keys(imported).every((name) => imported[name] === required[name])
  const model = new required.Sequential({ layers: [required.layers.dense({ units: 1, inputShape: [2] })] })
  const known = model instanceof imported.Sequential && (await model.predict([[1, 2]])) instanceof imported.Matrix
  process.stdout.write(JSON.stringify({ same, known, names: Object.keys(required).length > 10 }))
})
