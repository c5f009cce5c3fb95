import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { readChoice } from '../../../lib/playground/choice.js'
import { dataOf } from '../../../lib/playground/data.js'
import { servePlayground } from '../../../lib/playground/index.js'
import type { Choice, Frame, Scene } from '../../../lib/playground/messages.js'
import { Play } from '../../../lib/playground/play.js'

const choice: Choice = {
  ...{ data: 'moons', noise: 0.1, units: [6, 3], activation: 'tanh', start: 'glorotUniform', optimizer: 'adam' },
  ...{ learningRate: 0.02, batchSize: 16, epochsPerFrame: 2, seed: 1 },
}
const none = new AbortController().signal

/** The frame after `count` frames. */
async function frameOf(change: Partial<Choice>, count = 1): Promise<Frame> {
  const play = new Play({ ...choice, ...change }, 'run')
  let frame: Frame | undefined
  for (let k = 0; k < count; k++) frame = await play.next(none)
  play.dispose()
  return frame!
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

describe('a run', () => {
  it('learns, and shows outputs, units and gradients', async () => {
    const frame = await frameOf({}, 40)
    expect(frame.epoch).toBe(80)
    expect(frame.testAccuracy).toBeGreaterThan(0.85)
    expect(bytesOf(frame.outputs)).toHaveLength(2 * 60 * 60)
    expect(frame.layers.map(({ units }) => units)).toEqual([6, 3])
    expect(frame.layers.map(({ pictures }) => bytesOf(pictures).length)).toEqual([6 * 24 * 24, 3 * 24 * 24])
    expect(frame.gradients).toHaveLength(3)
  })

  it('learns nothing on XOR from zeros: the loss stays at ln 2, and hidden gradients are 0', async () => {
    const frame = await frameOf({ data: 'xor', noise: 0, start: 'zeros', units: [8], batchSize: 4 }, 20)
    expect(frame.loss).toBeCloseTo(Math.LN2, 6)
    expect(frame.gradients[0]).toBe(0)
  })

  it('shows how gradients vanish in ten layers of sigmoid, and do not with relu', async () => {
    const deep = { data: 'digits', units: Array(8).fill(16), optimizer: 'sgd', epochsPerFrame: 1 } as const
    const sigmoid = (await frameOf({ ...deep, activation: 'sigmoid' })).gradients
    expect(sigmoid[0]! * 1000).toBeLessThan(sigmoid.at(-1)!)
    const relu = (await frameOf({ ...deep, activation: 'relu', start: 'heNormal' })).gradients
    expect(relu[0]! * 100).toBeGreaterThan(relu.at(-1)!)
  })

  it('shows digits with what is said of them, and the weights of the first units', async () => {
    const frame = await frameOf({ data: 'digits', units: [12] }, 10)
    expect(frame.said).toHaveLength(60)
    expect(frame.testAccuracy).toBeGreaterThan(0.8)
    expect(frame.layers).toMatchObject([{ units: 12, side: 8 }])
    expect(bytesOf(frame.layers[0]!.pictures)).toHaveLength(12 * 64)
  })

  it('shows the four corners of XOR once', () => {
    const play = new Play({ ...choice, data: 'xor', noise: 0 }, 'run')
    expect(play.scene.points.map(({ test }) => test)).toEqual([false, false, false, false])
    play.dispose()
  })

  it('is the same for the same seed', async () => {
    expect(await frameOf({}, 3)).toEqual(await frameOf({}, 3))
  })

  it.each(['xor', 'moons', 'blobs', 'spirals'] as const)(
    'has points of %s within the picture, of every class',
    (data) => {
      const { train, test, classes, range } = dataOf({ ...choice, data })
      for (const value of [...train.x.data, ...(test?.x.data ?? [])]) {
        expect(value).toBeGreaterThan(range[0])
        expect(value).toBeLessThan(range[1])
      }
      expect(new Set(train.y).size).toBe(classes)
    },
  )
})

describe('a choice', () => {
  it.each<[string, unknown, RegExp]>([
    ['no object', null, /an object for the choice/],
    ['too many layers', { ...choice, units: Array(11).fill(1) }, /at most 10 numbers for units/],
    ['too many units', { ...choice, units: [1000] }, /from 1 to 16 for units\[0\]/],
    ['a rate of 0', { ...choice, learningRate: 0 }, /learningRate/],
    ['an unknown activation', { ...choice, activation: 'rellu' }, /Did you mean relu\?/],
    ['an unknown key', { ...choice, rate: 1 }, /Unknown option "rate"/],
  ])('is refused: %s', (_, value, message) => {
    expect(() => readChoice(value)).toThrow(message)
  })
})

describe('the server', () => {
  let playground: Awaited<ReturnType<typeof servePlayground>> | undefined
  afterEach(async () => {
    await playground?.close()
    playground = undefined
  })
  const runUrl = (change: object = {}) => `run?choice=${encodeURIComponent(JSON.stringify({ ...choice, ...change }))}`

  /** Reads events until `enough`. */
  async function events(url: string, enough: (list: { event: string; data: string }[]) => boolean) {
    const controller = new AbortController()
    const response = await fetch(url, { signal: controller.signal })
    const list: { event: string; data: string }[] = []
    let text = ''
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString()
      const parts = text.split('\n\n')
      text = parts.pop()!
      for (const part of parts) {
        const [, event, data] = part.match(/^event: (.*)\ndata: (.*)$/)!
        list.push({ event: event!, data: data! })
      }
      if (enough(list)) break
    }
    controller.abort()
    return list
  }

  it('serves its page, which asks for nothing elsewhere', async () => {
    playground = await servePlayground()
    const response = await fetch(playground.url)
    const page = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page).toMatch(/default-src 'none'; connect-src 'self'/)
    expect(page.replace(/<script>.*<\/script>/s, '').match(/\bsrc=|@import|https?:/)).toBeNull()
  })

  it('sends the scene, then frames', async () => {
    playground = await servePlayground()
    const list = await events(playground.url + runUrl(), (all) => all.length >= 4)
    expect(list.slice(0, 4).map(({ event }) => event)).toEqual(['scene', 'frame', 'frame', 'frame'])
    expect((JSON.parse(list[0]!.data) as Scene).points).toHaveLength(300)
    expect(list.slice(1, 4).map(({ data }) => (JSON.parse(data) as Frame).epoch)).toEqual([2, 4, 6])
  })

  it('gives the place of a closed page to the next one', async () => {
    playground = await servePlayground()
    for (let k = 0; k < 24; k++) await events(playground.url + runUrl({ seed: k }), (all) => all.length >= 1 + (k % 2))
    await expect
      .poll(async () => {
        const list = await Promise.all(
          Array.from({ length: 8 }, () => events(playground!.url + runUrl(), (all) => all.length >= 1).catch(() => [])),
        )
        return list.every(([first]) => first?.event === 'scene')
      })
      .toBe(true)
  })

  it('pauses, makes a step and goes on', async () => {
    playground = await servePlayground()
    const { url } = playground
    const control = (run: string, what: string) => fetch(`${url}control?run=${run}&do=${what}`, { method: 'POST' })
    let asked = false
    let epochs: number[] = []
    await events(url + runUrl(), (all) => {
      epochs = all.filter(({ event }) => event === 'frame').map(({ data }) => (JSON.parse(data) as Frame).epoch)
      if (!asked) {
        asked = true
        const { run } = JSON.parse(all[0]!.data) as Scene
        void control(run, 'pause')
          .then(() => control(run, 'step'))
          .then(() => control(run, 'resume'))
      }
      return epochs.length >= 5
    })
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b))
    expect((await control('none', 'pause')).status).toBe(404)
  })

  it('tells when the numbers become infinite', async () => {
    playground = await servePlayground()
    const wild = {
      activation: 'linear',
      optimizer: 'sgd',
      learningRate: 10,
      start: 'ones',
      units: [16, 16, 16],
      data: 'blobs',
    }
    const list = await events(playground.url + runUrl(wild), (all) => all.at(-1)!.event === 'ended')
    expect(list.at(-1)!.data).toMatch(/take a lower rate/)
  })

  it('refuses wrong choices, unknown paths, and too many runs', async () => {
    playground = await servePlayground()
    const { url } = playground
    const statuses = async (...paths: string[]) =>
      Promise.all(paths.map(async (path) => (await fetch(url + path)).status))
    expect(
      await statuses('run', 'run?choice={', runUrl({ units: [1e9] }), 'etc/passwd', `?${'x'.repeat(5000)}`),
    ).toEqual([400, 400, 400, 404, 414])
    const controller = new AbortController()
    const open = await Promise.all(
      Array.from({ length: 8 }, () => fetch(url + runUrl(), { signal: controller.signal })),
    )
    expect(open.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect((await fetch(url + runUrl())).status).toBe(503)
    controller.abort()
    // The places are free again once the pages have gone.
    for (let k = 0; ; k++) {
      const again = await fetch(url + runUrl())
      await again.body!.cancel()
      if (again.status === 200) break
      expect(k).toBeLessThan(100)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })

  it('answers no other site', async () => {
    playground = await servePlayground()
    const { port } = new URL(playground.url)
    const ask = (headers: Record<string, string>) =>
      new Promise<number>((resolve) => {
        request({ port, path: `/${runUrl()}`, headers }, (response) => {
          resolve(response.statusCode!)
          response.destroy()
        }).end()
      })
    expect(await ask({ host: `evil.example:${port}` })).toBe(403)
    expect(await ask({ origin: 'http://evil.example' })).toBe(403)
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(
      await ask({ origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin', host: `127.0.0.1:${port}` }),
    ).toBe(200)
  })

  it('ends while networks are in training', async () => {
    playground = await servePlayground()
    await Promise.all(Array.from({ length: 3 }, () => fetch(playground!.url + runUrl())))
    await playground.close()
    await expect(fetch(playground.url)).rejects.toThrow()
  })

  it('refuses wrong options, and a port that is taken', async () => {
    await expect(servePlayground({ port: 1e6 })).rejects.toThrow(/port/)
    playground = await servePlayground()
    await expect(servePlayground({ port: Number(new URL(playground.url).port) })).rejects.toThrow(/EADDRINUSE/)
  })
})
