import { afterEach, expect, it } from 'vitest'
import { layers, Sequential, TabularClassifier } from '../../../lib/index.js'
import { type LiveReport, serveReport } from '../../../lib/report/index.js'
import type { LiveEpoch, LiveState } from '../../../lib/report/live/messages.js'
import { people } from './support.js'

let live: LiveReport | undefined

afterEach(async () => {
  await live?.close()
  live = undefined
})

type Event = { name: string; data: unknown }

/** Follows the page's events; `until` ends it, and `onOpen` is called at the first, from which on none is missed. */
async function follow(url: string, until: (events: Event[]) => boolean, onOpen?: () => void): Promise<Event[]> {
  const controller = new AbortController()
  const response = await fetch(`${url}events`, { signal: controller.signal })
  const events: Event[] = []
  let text = ''
  for await (const chunk of response.body!) {
    text += Buffer.from(chunk).toString()
    const parts = text.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const [, name, data] = part.match(/^event: (.*)\ndata: (.*)$/)!
      events.push({ name: name!, data: JSON.parse(data!) })
    }
    if (events.length > 0) onOpen?.()
    if (until(events)) break
  }
  controller.abort()
  return events
}

const epochsOf = (events: Event[]) => events.filter(({ name }) => name === 'epoch').map(({ data }) => data as LiveEpoch)

it('tells every epoch of a network, also to a page that comes late, and then shows the report', async () => {
  live = await serveReport({ title: '<Net>' })
  expect(await (await fetch(live.url)).text()).toContain('/events')
  const net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
  const early = follow(live.url, (events) => events.some(({ name }) => name === 'report'))
  const [x, y] = [
    [[1], [2], [3], [4]],
    [1, 2, 3, 4],
  ]
  const history = await net.fit(x, y, {
    epochs: 3,
    validationSplit: 0.25,
    layerStatistics: true,
    callbacks: live.callback,
  })
  const late = await follow(live.url, (events) => epochsOf(events).length === 3)
  expect(epochsOf(late).map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  expect(epochsOf(late).map(({ logs }) => logs)).toEqual(
    [0, 1, 2].map((k) => ({ loss: history.logs.loss[k], valLoss: history.logs.valLoss![k] })),
  )
  expect(live.history).toEqual({
    epochs: history.epochs,
    logs: { loss: history.logs.loss, valLoss: history.logs.valLoss },
  })
  const state: Partial<LiveState> = { title: '<Net>', stage: 'trained', epoch: 3, epochs: 3 }
  expect(late[0]!.data).toMatchObject(state)
  live.show('<!doctype html><title>done</title>')
  expect(epochsOf(await early)).toEqual(epochsOf(late))
  expect(await (await fetch(live.url)).text()).toBe('<!doctype html><title>done</title>')
  expect((await follow(live.url, (events) => events.at(-1)!.name === 'report')).at(-1)!.name).toBe('report')
})

it('tells the stages and scores of a table model', async () => {
  live = await serveReport()
  const stages: string[] = []
  const { onProgress } = live
  await new TabularClassifier({ seed: 1 }).fit(people(200), {
    target: 'moved',
    onProgress(progress) {
      stages.push(progress.stage)
      onProgress(progress)
    },
  })
  const events = await follow(live.url, (all) => epochsOf(all).length > 0)
  expect(new Set(stages)).toEqual(new Set(['reading', 'preparing', 'training']))
  expect(events[0]!.data).toMatchObject({ title: 'Training', stage: 'training' })
  expect(epochsOf(events)[0]!.logs.score).toBeGreaterThan(0)
  expect(live.history.logs.score!.length).toBe(live.history.epochs.length)
  const before = live.history.epochs
  await new TabularClassifier({ seed: 1 }).fit(people(200), { target: 'moved', onProgress })
  expect(live.history.epochs).toEqual(before)
})

it('begins new curves at a second fit, and adds to them where one goes on', async () => {
  live = await serveReport()
  const net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
  const fit = (options: object) => net.fit([[1], [2]], [1, 2], { ...options, callbacks: live!.callback })
  let open!: Promise<Event[]>
  await new Promise<void>((onOpen) => {
    open = follow(live!.url, (events) => epochsOf(events).length === 6, onOpen)
  })
  await fit({ epochs: 3 })
  const second = await fit({ epochs: 2 })
  await fit({ initialEpoch: 2, epochs: 3 })
  expect(live.history.epochs).toEqual([0, 1, 2])
  expect(live.history.logs.loss!.slice(0, 2)).toEqual(second.logs.loss)
  // A page that was open was told to begin again, once after its start.
  const names = (await open).filter(({ name }) => name !== 'state').map(({ name }) => name)
  expect(names).toEqual(['restart', 'epoch', 'epoch', 'epoch', 'restart', 'epoch', 'epoch', 'epoch'])
})

it('refuses wrong options, other paths and other methods', async () => {
  await expect(serveReport({ titel: 'a' } as never)).rejects.toThrow(/Did you mean title\?/)
  await expect(serveReport({ port: -1 })).rejects.toThrow(/port/)
  live = await serveReport()
  expect((await fetch(`${live.url}nothing`)).status).toBe(404)
  expect((await fetch(live.url, { method: 'POST' })).status).toBe(404)
  expect(() => live!.show('')).toThrow(/a non-empty string for page/)
})
