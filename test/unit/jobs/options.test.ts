import { expect, it } from 'vitest'
import { readQueue } from '../../../lib/jobs/options.js'
import { orAborted } from '../../../lib/jobs/or-aborted.js'
import { Recent } from '../../../lib/jobs/recent.js'
import { readRowFile } from '../../../lib/jobs/row-files.js'

it('shows no part of a connection that cannot be read, which may hold a password', () => {
  for (const connection of ['redis://user:pa/ss@host:6379', 'http://user:se:cret@host', 'redis://user:se cret@ho st']) {
    let message = ''
    try {
      readQueue({ connection })
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain('connection of queue')
    expect(message).not.toMatch(/pa\/ss|ss@|cret/)
  }
})

it('reads no rows of a name that is a path', async () => {
  for (const place of ['/tmp', 'http://127.0.0.1:1']) {
    await expect(readRowFile(place, '../../etc/x')).rejects.toMatchObject({ code: 'ERR_FORMAT' })
  }
})

it('leaves no unhandled rejection of a command whose caller was aborted before', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  await expect(orAborted(Promise.reject(new Error('late')), AbortSignal.abort(new Error('mine')))).rejects.toThrow(
    'mine',
  )
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

it('forgets values that nobody has asked for', async () => {
  const recent = new Recent<number>(2, 20)
  let made = 0
  const make = async () => made++
  expect([await recent.get('a', make), await recent.get('a', make)]).toEqual([0, 0])
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await recent.get('a', make)).toBe(1)
})
