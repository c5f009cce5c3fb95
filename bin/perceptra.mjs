#!/usr/bin/env node
// npx perceptra. build works where nothing else does: without the addon, and without dist/ in a checkout.
import { readFileSync } from 'node:fs'

const args = process.argv.slice(2)
const build = async () => (await import('./build.mjs')).run()

if (args[0] === 'build' && args.length === 1) process.exitCode = await build()
else {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const { main } = (await import('../dist/cli.cjs')).default
  process.exitCode = await main(args, { version, build })
}
