import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Html, html, jsonText } from '../../../lib/report/show/html.js'

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '</script>',
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '<!--',
    "' onload='",
    '&lt;',
  ),
)

describe('html', () => {
  it('escapes what is not HTML, in content and in attributes', () => {
    expect(html`<p title="${'a"b'}">${'<i>'}${new Html('<b>')}</p>`.text).toBe('<p title="a&quot;b">&lt;i&gt;<b></p>')
  })

  it('leaves out undefined and false, and joins lists', () => {
    expect(html`${undefined}${false}${0}${['a', html`<i>`]}`.text).toBe('0a<i>')
  })

  it('lets no text begin an element, or end an attribute', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const inside = html`<p title="${text}">${text}</p>`.text.slice(10, -4)
        expect(inside.split('">')).toHaveLength(2)
        expect(inside).not.toContain('<')
        expect(inside).not.toContain("'")
      }),
    )
  })
})

describe('jsonText', () => {
  it('keeps any text, and has no tag in it', () => {
    fc.assert(
      fc.property(fc.dictionary(nasty, nasty), (value) => {
        const { text } = jsonText(value)
        expect(text).not.toContain('<')
        expect(text).not.toMatch(/[\u2028\u2029]/)
        expect(JSON.parse(text)).toEqual({ ...value })
      }),
    )
  })

  it('shortens fractions, not counts', () => {
    expect(jsonText([1 / 3, 123456789]).text).toBe('[0.333333,123456789]')
    const exact = [1 - 1e-9, 1 / 3]
    expect(JSON.parse(jsonText({ exact, other: [1 / 3] }, [exact]).text)).toEqual({ exact, other: [0.333333] })
  })
})
