import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { isOwnName, type LocalServer, type Reply, serveLocally } from '../../../lib/base/local-server.js'

let server: LocalServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

/** The status of a request to a loopback address under the name of a host. */
function statusFor(hostname: string, name: string): Promise<number> {
  const { port } = new URL(server!.url)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, headers: { host: `${name}:${port}` } }, (response) => {
      resolve(response.statusCode!)
      response.resume()
    })
    asked.on('error', reject).end()
  })
}

describe('serveLocally', () => {
  it.each(['127.0.0.1', '127.0.0.2', '0.0.0.0', '::'])('answers no name of another site: host %s', async (host) => {
    try {
      server = await serveLocally({ host }, () => ({ status: 200, text: 'page' }))
    } catch (error) {
      // A machine without IPv6, or with a single loopback address.
      expect((error as NodeJS.ErrnoException).code).toMatch(/EAFNOSUPPORT|EADDRNOTAVAIL/)
      return
    }
    const address = host === '127.0.0.2' ? host : '127.0.0.1'
    expect(await statusFor(address, 'evil.example')).toBe(403)
    expect(await statusFor(address, '127.0.0.evil.example')).toBe(403)
    expect(await statusFor(address, address)).toBe(200)
    expect(await statusFor(address, 'localhost')).toBe(200)
    if (host === '127.0.0.1') {
      expect(await statusFor(address, '0.0.0.0')).toBe(403)
      expect(await statusFor(address, '[::]')).toBe(403)
    }
    if (host !== '127.0.0.2') expect(await statusFor(address, host === '::' ? '[::]' : host)).toBe(200)
    expect((await fetch(server.url)).status).toBe(200)
  })

  it.each([
    ['evil.example', '192.168.1.5', false],
    ['192.168.1.5.evil.example', '192.168.1.5', false],
    ['evil.local.example', '192.168.1.5', false],
    ['evil.example', 'fd00::5', false],
    ['192.168.1.5', '192.168.1.5', true],
    // Through a port of a container's host.
    ['localhost', '172.17.0.2', true],
    ['10.0.0.1', '172.17.0.2', true],
    ['[fd00::5]', 'fd00::5', true],
    ['desk', '192.168.1.5', true],
    ['desk.local', '192.168.1.5', true],
    ['desk.office.example', '192.168.1.5', true],
    ['192.168.1.5', '127.0.0.1', false],
    ['desk.office.example', '127.0.0.1', true],
  ])('the name %s at the address %s: %s', (name, address, isRight) => {
    expect(isOwnName(name, address, new Set(['desk.office.example']))).toBe(isRight)
  })

  it('replies what goes wrong, and goes on', async () => {
    let answer: () => Reply | Promise<Reply> = () => {
      throw new Error('no page')
    }
    server = await serveLocally({}, () => answer())
    const thrown = await fetch(server.url)
    expect([thrown.status, await thrown.text()]).toEqual([500, 'The server failed: no page'])
    answer = () => Promise.reject(new Error('no page later'))
    expect((await fetch(server.url)).status).toBe(500)
    answer = () => ({ status: 200, text: 'page' })
    expect((await fetch(server.url)).status).toBe(200)
  })

  it('ends a response that has begun when something goes wrong', async () => {
    server = await serveLocally({}, (_, response) => {
      response.writeHead(200).write('some')
      throw new Error('no more')
    })
    await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow()
  })
})
