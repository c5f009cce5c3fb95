// A rank that joins by its variables and meets the others again and again: member.ts ROUNDS TIMEOUT. Prints how far it came, and
// why it ended, as JSON.
import { join } from '../../../lib/distributed/index.js'

const [rounds, timeout] = process.argv.slice(2).map(Number) as [number, number]
process.stderr.write(`pid ${process.pid}\n`)
const end = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
try {
  await using group = await join({ timeout })
  process.stderr.write('joined\n')
  let round = 0
  let sum = 0
  try {
    for (; round < rounds; round++) {
      const [total] = await group.allReduce([round + group.rank])
      sum += total!
      if (round % 10 === 0) process.stderr.write(`round ${round}\n`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    end({ round, sum })
  } catch (error) {
    end({ round, sum, code: (error as { code?: string }).code })
  }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  end({ code, message })
}
