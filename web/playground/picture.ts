import type { Frame, Scene } from '../../lib/playground/messages.js'
import { colour } from '../common/page.js'

type Colour = readonly [number, number, number]

/** The bytes of a base64 text. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

/** The red, green and blue of a colour of the style sheet, `#rrggbb`. */
function parts(name: string): Colour {
  const hex = colour(name)
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour
}

/** The colours of the theme that is shown. */
export interface Palette {
  readonly paper: Colour
  readonly ink: Colour
  readonly low: Colour
  readonly high: Colour
  readonly classes: readonly Colour[]
}

export function palette(): Palette {
  const classes = ['--series-0', '--series-1', '--series-2'].map(parts)
  return { paper: parts('--paper'), ink: parts('--ink'), low: parts('--series-0'), high: parts('--series-1'), classes }
}

/** Draws a square of cells, scaled up to the canvas. `mix` has for each cell a colour and its share. */
function drawCells(
  canvas: HTMLCanvasElement,
  side: number,
  paper: Colour,
  mix: (cell: number) => [Colour, number],
): void {
  if (canvas.width !== side) {
    canvas.width = side
    canvas.height = side
  }
  const context = canvas.getContext('2d')!
  const image = context.createImageData(side, side)
  for (let cell = 0; cell < side * side; cell++) {
    const [to, share] = mix(cell)
    for (let k = 0; k < 3; k++) image.data[4 * cell + k] = paper[k]! + (to[k]! - paper[k]!) * share
    image.data[4 * cell + 3] = 255
  }
  context.putImageData(image, 0, 0)
}

/** One unit: below 0 in one colour, above in another. */
export function drawUnit(
  canvas: HTMLCanvasElement,
  bytes: Uint8Array,
  side: number,
  { paper, low, high }: Palette,
): void {
  drawCells(canvas, side, paper, (cell) => {
    const value = (bytes[cell]! - 128) / 127
    return [value < 0 ? low : high, Math.min(Math.abs(value), 1)]
  })
}

const cells = document.createElement('canvas')

/** The class of each place, paler where it is less sure; and the points. */
export function drawOutput(canvas: HTMLCanvasElement, scene: Scene, frame: Frame | undefined, theme: Palette): void {
  const size = fit(canvas)
  const context = canvas.getContext('2d')!
  context.clearRect(0, 0, size, size)
  if (frame) {
    const bytes = bytesOf(frame.outputs)
    const least = 1 / scene.classes
    drawCells(cells, scene.grid, theme.paper, (cell) => {
      const sure = (bytes[2 * cell + 1]! / 255 - least) / (1 - least)
      return [theme.classes[bytes[2 * cell]!]!, 0.12 + 0.5 * Math.max(sure, 0)]
    })
    context.imageSmoothingEnabled = true
    context.drawImage(cells, 0, 0, size, size)
  }
  const [low, high] = scene.range
  const radius = Math.max(3, size / 130) * (scene.points.length < 10 ? 2.2 : 1)
  for (const { x, y, label, test } of scene.points) {
    context.beginPath()
    const [left, top] = [((x - low) / (high - low)) * size, ((high - y) / (high - low)) * size]
    // Shapes tell classes apart without colours.
    if (label === 0) context.arc(left, top, radius, 0, 7)
    else if (label === 1) context.rect(left - radius * 0.9, top - radius * 0.9, radius * 1.8, radius * 1.8)
    else polygon(context, left, top, radius * 1.25)
    context.fillStyle = test ? css(theme.paper) : css(theme.classes[label]!)
    context.strokeStyle = test ? css(theme.classes[label]!) : css(theme.paper)
    context.lineWidth = test ? radius * 0.5 : 1
    context.fill()
    context.stroke()
  }
}

function polygon(context: CanvasRenderingContext2D, left: number, top: number, radius: number): void {
  for (let k = 0; k < 3; k++) {
    const angle = (k * 2 * Math.PI) / 3 - Math.PI / 2
    context.lineTo(left + radius * Math.cos(angle), top + radius * Math.sin(angle))
  }
  context.closePath()
}

const columns = 10

/** Test digits, with what the network says of those that it has wrong. */
export function drawDigits(canvas: HTMLCanvasElement, scene: Scene, frame: Frame | undefined, theme: Palette): void {
  const size = fit(canvas)
  const context = canvas.getContext('2d')!
  context.clearRect(0, 0, size, size)
  const { pixels, labels } = scene.digits!
  const bytes = bytesOf(pixels)
  const cell = size / columns
  const inside = cell * 0.62
  context.font = `${Math.round(cell * 0.26)}px system-ui, sans-serif`
  context.textAlign = 'center'
  context.imageSmoothingEnabled = false
  for (const [i, label] of labels.entries()) {
    const [left, top] = [(i % columns) * cell, Math.floor(i / columns) * cell * 1.6]
    drawCells(cells, 8, theme.paper, (k) => [theme.ink, bytes[64 * i + k]! / 255])
    context.drawImage(cells, left + (cell - inside) / 2, top + cell * 0.1, inside, inside)
    const said = frame?.said?.[i]
    if (said === undefined) continue
    const isRight = said === label
    context.fillStyle = css(isRight ? theme.low : theme.high)
    context.fillText(isRight ? `${said}` : `${said} ✗`, left + cell / 2, top + cell * 1.12)
  }
}

const css = ([red, green, blue]: Colour) => `rgb(${red} ${green} ${blue})`

/** Makes a canvas as fine as the screen; returns its side in pixels. */
function fit(canvas: HTMLCanvasElement): number {
  const size = Math.round(canvas.clientWidth * devicePixelRatio)
  if (canvas.width !== size) {
    canvas.width = size
    canvas.height = size
  }
  return size
}
