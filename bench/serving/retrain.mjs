// A server that trains a model like its own on all rows of TRAIN.csv, over and over: node retrain.mjs MODEL.safetensors TRAIN.csv PORT.
// GET /trainings answers how often it has done so.
import { createServer } from 'node:http'
import { datasets, load } from '../../dist/index.js'
import { ModelServer, nodeListener } from '../../dist/serving.js'

const [path, csv, port] = process.argv.slice(2)
const models = new ModelServer({ models: { income: path } })
const table = await datasets.readCsv(csv)
const [x, y] = [table.drop(['income']), table.labels('income')]
const served = await load(path)
let trainings = 0
const answer = nodeListener(models)
createServer((request, response) => {
  if (request.url === '/trainings') response.end(`${trainings}`)
  else answer(request, response)
}).listen(Number(port))
for (;;) {
  await served.clone().fit(x, y)
  trainings++
}
