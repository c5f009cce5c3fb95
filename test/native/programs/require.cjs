// Compares the classes of require() and import().
const path = '../../../dist/index.js'
const required = require(path)
import(path).then(async (imported) => {
  const same = Object.keys(imported).every((name) => imported[name] === required[name])
  const model = new required.Sequential({ layers: [required.layers.dense({ units: 1, inputShape: [2] })] })
  const instances = model instanceof imported.Sequential && (await model.predict([[1, 2]])) instanceof imported.Matrix
  process.stdout.write(JSON.stringify({ same, instances, names: Object.keys(required).length > 10 }))
})
