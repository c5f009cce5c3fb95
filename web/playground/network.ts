import type { Frame } from '../../lib/playground/messages.js'
import { bytesOf, drawUnit, type Palette } from './picture.js'

/** The columns of units, with buttons for their number. */
export class Network {
  readonly #place: HTMLElement
  readonly #choose: (units: number[]) => void
  #canvases: HTMLCanvasElement[][] = []
  #built = ''

  constructor(place: HTMLElement, choose: (units: number[]) => void) {
    this.#place = place
    this.#choose = choose
  }

  /** Makes a column for each hidden layer. Of digits only the first has pictures. */
  build(units: readonly number[], isDigits: boolean): void {
    const key = JSON.stringify([units, isDigits])
    if (key === this.#built) return
    this.#built = key
    this.#canvases = []
    this.#place.textContent = ''
    this.#place.classList.toggle('few', units.length <= 3 && units.every((count) => count <= 8))
    for (const [layer, count] of units.entries()) {
      const column = make('div', 'layer')
      const head = make('div', 'layer-head')
      const set = (to: number) => this.#choose(units.map((own, k) => (k === layer ? to : own)))
      head.append(
        button('–', `Layer ${layer + 1}: one unit less`, count === 1, () => set(count - 1)),
        make('span', '', String(count)),
        button('+', `Layer ${layer + 1}: one unit more`, count === 16, () => set(count + 1)),
      )
      const body = make('div', count > 8 ? 'units double' : 'units')
      const hasPictures = !isDigits || layer === 0
      const canvases = Array.from({ length: count }, () => {
        const canvas = document.createElement('canvas')
        canvas.className = 'unit'
        canvas.setAttribute('aria-hidden', 'true')
        return canvas
      })
      if (hasPictures) body.append(...canvases)
      else body.append(...canvases.map(() => make('span', 'unit blank')))
      this.#canvases.push(hasPictures ? canvases : [])
      column.append(make('div', 'layer-name', `layer ${layer + 1}`), head, body)
      this.#place.append(column)
    }
    if (units.length === 0)
      this.#place.append(make('p', 'quiet', 'No hidden layer: the inputs go straight to the outputs.'))
  }

  show({ layers }: Frame, theme: Palette): void {
    for (const [layer, { units, pictures, side }] of layers.entries()) {
      const bytes = bytesOf(pictures)
      const size = side * side
      for (let unit = 0; unit < units; unit++) {
        const canvas = this.#canvases[layer]?.[unit]
        if (canvas) drawUnit(canvas, bytes.subarray(unit * size, (unit + 1) * size), side, theme)
      }
    }
  }
}

function make(tag: string, name: string, text = ''): HTMLElement {
  const made = document.createElement(tag)
  made.className = name
  made.textContent = text
  return made
}

function button(text: string, label: string, isDisabled: boolean, click: () => void): HTMLButtonElement {
  const made = make('button', 'small', text) as HTMLButtonElement
  made.type = 'button'
  made.disabled = isDisabled
  made.setAttribute('aria-label', label)
  made.addEventListener('click', click)
  return made
}
