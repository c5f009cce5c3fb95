#!/usr/bin/env node
// npx perceptra. Commands are loaded when they run, so that build works without the addon.
import { readFileSync } from 'node:fs'

const commands = {
  build: { does: 'builds the native part from source, where no binary fits', run: () => import('./build.mjs') },
  serve: { does: 'serves saved models over HTTP', takesMore: true, run: () => import('./serve.mjs') },
  info: { does: 'says what is loaded and what computes here', run: () => import('./info.mjs') },
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const help = `perceptra ${version}: multi-layer perceptrons in Node

npx perceptra COMMAND
${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(8)}${does}`)
  .join('\n')}
  help    this

Its documentation is in the folder docs of its repository.`

const [name = 'help', ...rest] = process.argv.slice(2)

if (rest.length === 0 && ['help', '--help', '-h'].includes(name)) console.log(help)
else if (rest.length === 0 && ['--version', '-v'].includes(name)) console.log(version)
else if (Object.hasOwn(commands, name) && (rest.length === 0 || commands[name].takesMore)) {
  const { run } = await commands[name].run()
  process.exitCode = await run(rest)
} else {
  const what = Object.hasOwn(commands, name) ? `${name} takes nothing, but got ${rest.join(' ')}` : `no command ${name}`
  console.error(`perceptra: ${what}. There are ${Object.keys(commands).join(', ')} and help.`)
  process.exitCode = 2
}
