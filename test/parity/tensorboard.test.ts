import { expect, it } from 'vitest'
import { crc32c } from '../../lib/files/crc32c.js'
import { encodeScalars, encodeVersion } from '../../lib/files/tensorboard-events.js'
import { fixture } from './support.js'

interface Fixture {
  events: { wallTime: number; step: number; scalars: [string, number][] }[]
  hex: string
}

it("event files have the bytes of TensorBoard's own writer", () => {
  const { events, hex } = fixture<Fixture>('tensorboard.json')
  const records = events.map(({ wallTime, step, scalars }) => encodeScalars(scalars, step, wallTime))
  expect(Buffer.concat([encodeVersion(1700000000), ...records]).toString('hex')).toBe(hex)
})

it('the checksum is that of the examples in RFC 3720', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  expect(crc32c(new Uint8Array())).toBe(0)
})
