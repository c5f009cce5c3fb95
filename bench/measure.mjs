import { performance } from 'node:perf_hooks'
import { ratios, spread } from './statistics.mjs'

/** A contender whose smallest unit takes longer is timed only in the first rounds. */
const patienceMs = 2500
const fewRounds = 3

/**
 * Times contenders interleaved (A B C, A B C, ...), so that all see the same machine. `run(amount)` does about `amount` of
 * its unit and returns how much it did, or { done, elapsed } with its own milliseconds (in another process);
 * times are microseconds per unit. The first contender is the base of the ratios and must work; another one that throws is
 * omitted, with its message. The result of `prepare()` is stored with its times.
 */
export async function interleave(contenders, { rounds, boxMs }) {
  let field = contenders.map((contender) => ({ ...contender, times: [] }))
  const failures = []
  const each = async (action) => {
    for (const contender of [...field]) {
      try {
        await action(contender)
      } catch (error) {
        if (contender === field[0]) throw error
        field = field.filter((other) => other !== contender)
        failures.push({ peer: contender.name, message: error.message.split('\n')[0] })
      }
    }
  }

  await each(async (contender) => {
    contender.settings = await contender.prepare?.()
    Object.assign(contender, await warmUp(contender, boxMs))
  })
  for (let round = 0; round < rounds; round++) {
    await each(async (contender) => {
      if (round >= fewRounds && contender.lasts > patienceMs && contender !== field[0]) return
      contender.times.push((await time(contender, contender.amount)).perUnit)
    })
  }
  const results = field.map(({ name, times, settings }) => [
    name,
    { microseconds: spread(times), ratio: ratios(times, field[0].times), times, ...settings },
  ])
  return { results: Object.fromEntries(results), failures }
}

/** Finds the amount that fills the time box, and its time; the runs also warm up caches and compilers. */
async function warmUp(contender, boxMs) {
  const least = contender.least ?? 1
  let amount = least
  let spent = 0
  for (;;) {
    const { elapsed, done } = await time(contender, amount)
    spent += elapsed
    const fitting = (done * boxMs) / elapsed
    // The optimising compiler needs about one time box before times are stable.
    if (elapsed > boxMs || (elapsed > boxMs / 2 && spent > boxMs)) {
      return { amount: Math.max(least, fitting), lasts: elapsed }
    }
    amount = Math.max(done, Math.min(done * 20, fitting))
  }
}

async function time(contender, amount) {
  await contender.enter?.()
  const start = performance.now()
  const result = contender.run(amount)
  const returned = result instanceof Promise ? await result : result
  const here = performance.now() - start
  const { done, elapsed } = typeof returned === 'number' ? { done: returned, elapsed: here } : returned
  return { elapsed, done, perUnit: (elapsed * 1000) / done }
}

/** A contender for training: the unit is an optimizer step. */
export const training = (name, session) => ({
  name,
  least: session.leastSteps,
  prepare: () => session.tune?.('train'),
  enter: session.enter,
  run: (steps) => session.train(steps),
})

/** A contender for prediction: the unit is a row. */
export const predicting = (name, session, rows) => ({
  name,
  prepare: () => session.tune?.('predict'),
  enter: session.enter,
  run(amount) {
    const count = Math.ceil(amount)
    if (session.predictRows) return session.predictRows(count)
    for (let i = 0; i < count; i++) session.predict(rows[i % rows.length])
    return count
  },
})
