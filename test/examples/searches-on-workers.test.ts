import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readBlocks } from '../support/markdown.js'
import { RedisServer } from '../support/redis.js'
import { folder, start } from '../unit/cli/run.js'
import { runProgram } from '../unit/docs/run-program.js'

let redis: RedisServer
let worker: ChildProcess
beforeAll(async () => {
  redis = await RedisServer.start()
  worker = start(folder(), ['worker', '--redis', redis.url, '--name', 'searches'])
  await new Promise((resolve) => worker.stdout!.once('data', resolve))
})
afterAll(async () => {
  worker?.kill('SIGKILL')
  await redis?.end()
})

const blocks = readBlocks('docs/searches-on-workers.md').filter(({ language }) => language === 'ts')

it.each(blocks.map(({ page, line, code }) => [`${page}:${line}`, code]))('%s runs', (_, code) => {
  const { stdout } = runProgram(code.replaceAll('redis://127.0.0.1:6379', redis.url))
  expect(stdout).not.toBe('')
})
