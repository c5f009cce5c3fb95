// Shows that training uses no thread of libuv's pool: run with UV_THREADPOOL_SIZE=1. Prints the order of completion.
import { pbkdf2 } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { large, makeData, makeModel, small } from './model.js'

const hash = (rounds: number) => promisify(pbkdf2)('secret', 'salt', rounds, 32, 'sha512')
const order: string[] = []
const note = (name: string) => () => void order.push(name)

// The only thread is busy: fit, evaluate and predict work anyway.
const model = makeModel(small)
const [x, y] = makeData(256, small)
await Promise.all([
  hash(1e6).then(note('hash')),
  model
    .fit(x, y, { epochs: 3, validationSplit: 0.2 })
    .then(() => model.evaluate(x, y))
    .then(() => model.predict(x))
    .then(note('fit')),
])

// Four models train on all cores: hashes and files are not delayed.
const stop = new AbortController()
const data = makeData(512, large)
const fits = Array.from({ length: 4 }, () =>
  makeModel([784, 512, 10]).fit(...data, { epochs: 1e9, signal: stop.signal }),
)
const before = performance.now()
await Promise.all([...Array.from({ length: 4 }, () => hash(1e4)), readFile(process.argv[1]!)])
const ms = performance.now() - before
stop.abort()
const rejected = (await Promise.allSettled(fits)).map(({ status }) => status === 'rejected')
process.stdout.write(JSON.stringify({ order, ms, rejected }))
