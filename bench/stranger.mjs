// From an empty folder with the packed package to the first answer over HTTP, with the commands of the README:
// node bench/stranger.mjs --data path/to/adult
// The folder has train.csv and test.csv, perhaps with .gz. Needs dist/ and the addon (npm run build). Prints what each command
// printed and took, and one line of JSON at last.
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newFolder, pack } from '../scripts/smoke/project.mjs'

const { values } = parseArgs({ options: { data: { type: 'string' } } })
if (!values.data) throw new Error('Say where the data are: --data path/to/adult')
const end = ['.csv', '.csv.gz'].find((ending) => existsSync(join(values.data, `train${ending}`)))
if (!end) throw new Error(`${values.data} has no train.csv or train.csv.gz.`)

const { tarball } = await pack({ compiled: true })
const folder = newFolder('stranger')
for (const name of ['train', 'test'])
  copyFileSync(join(values.data, `${name}${end}`), join(folder.path, `${name}${end}`))
writeFileSync(join(folder.path, 'package.json'), '{ "private": true }')

const begin = performance.now()
const seconds = {}
const since = (start) => Math.round((performance.now() - start) / 10) / 100

/** Runs a command as a person types it, shows its output, and notes the seconds. */
function type(name, command, args) {
  const start = performance.now()
  console.log(`$ ${[command, ...args].join(' ')}`)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (block) => {
      text += block
      process.stdout.write(block)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      seconds[name] = since(start)
      console.log(`(${seconds[name]} s)\n`)
      if (code === 0) resolve(text)
      else reject(new Error(`${command} ended with ${code}`))
    })
  })
}

try {
  await type('install', 'npm', ['install', '--no-audit', '--no-fund', tarball])
  const trained = await type('train', 'npx', [
    'perceptra',
    'train',
    `train${end}`,
    '--target',
    'income',
    '--seed',
    '1',
    '--report',
    'income.html',
  ])
  await type('evaluate', 'npx', ['perceptra', 'evaluate', 'income.safetensors', `test${end}`])
  const start = performance.now()
  const port = 18080
  console.log(`$ npx perceptra serve income.safetensors --port ${port} &`)
  // npx would not pass the signal on.
  const serve = [
    join(folder.path, 'node_modules/perceptra/bin/perceptra.mjs'),
    'serve',
    'income.safetensors',
    '--port',
    `${port}`,
  ]
  const server = spawn(process.execPath, serve, { cwd: folder.path, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve))
    seconds.serve = since(start)
    // The row that train prints.
    const row = /predict -d '(.*)'$/m.exec(trained)[1]
    await type('curl', 'curl', ['-sS', `localhost:${port}/models/income/predict?probabilities`, '-d', row])
  } finally {
    server.kill('SIGTERM')
  }
  const total = since(begin)
  console.log(JSON.stringify({ seconds, total, reportBytes: statSync(join(folder.path, 'income.html')).size }))
  if (total > 120) process.exitCode = 1
} finally {
  folder.remove()
}
