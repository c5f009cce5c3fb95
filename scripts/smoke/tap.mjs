import { join } from 'node:path'
import { run } from './command.mjs'
import { pathOf, plainEnvironment } from './project.mjs'

/** The results of a TAP text. An announced check that is missing is a failure; so is a run with a wrong exit code. */
export function tallyTap(text, code) {
  const announced = Number(/^1\.\.(\d+)\r?$/m.exec(text)?.[1] ?? 0)
  if (announced === 0) return { passed: 0, failed: 1, skipped: 0 }
  const passed = text.match(/^ok \d+ - /gm)?.length ?? 0
  const failed = announced - passed
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: 0 }
}

/** Runs the smoke suite of an installed project with only `node` on the PATH; prints failures. */
export async function runSmoke(name, folder, node, { binary, ...options }) {
  return report(
    name,
    await start('main.mjs', folder, node, { ...options, env: { ...options.env, SMOKE_BINARY: binary } }),
  )
}

/** Processes that exit during training: each must end, with its own exit code. */
export async function runExits(folder, node, options, times = 5) {
  const tally = { passed: 0, failed: 0, skipped: 0 }
  for (let i = 0; i < times; i++) {
    const { code, text } = await start('exit.mjs', folder, node, options)
    const isWell = code === 7 && text.includes('training')
    tally[isWell ? 'passed' : 'failed']++
    if (!isWell) console.log(`expected a process in training to end with 7, but got ${code}:\n${text.trim()}`)
  }
  console.log(`ended while training: ${tally.passed} passed, ${tally.failed} failed`)
  return tally
}

function start(program, folder, node, { command = [node], env = {}, ...options }) {
  const [first, ...args] = command
  return run(first, [...args, join('smoke', program)], {
    cwd: folder,
    env: plainEnvironment(pathOf(node, folder), env),
    ...options,
  })
}

export function report(name, { code, text }) {
  const tally = tallyTap(text, code)
  const facts = text.match(/^# .*(?:v\d+\.|OpenBLAS).*$/gm) ?? []
  console.log(`${name}: ${tally.passed} passed, ${tally.failed} failed`)
  for (const fact of facts.slice(0, 2)) console.log(`  ${fact.slice(2)}`)
  if (tally.failed > 0)
    console.log(
      text
        .trim()
        .replace(/^ok .*\n/gm, '')
        .replace(/^/gm, '  '),
    )
  return tally
}
