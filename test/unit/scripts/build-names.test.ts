import { expect, it } from 'vitest'
import { dropNeedlessNames } from '../../../scripts/build-names.mjs'

const head = 'const __name = (what, value) => Object.defineProperty(what, "name", { value, configurable: true });\n'
const code = `
function plain() {}
__name(plain, "plain");
function plain2() {}
__name(plain2, "plain");
class Plain {
  static {
    __name(this, "Plain");
  }
}
const Kind = class _Kind {
  static {
    __name(this, "Kind");
  }
};
const arrow = /* @__PURE__ */ __name((x) => x + 1, "arrow");
const other2 = /* @__PURE__ */ __name((x) => x + 2, "other");
const table = { entry: /* @__PURE__ */ __name(() => 3, "entry") };
`
const end = 'return [plain, plain2, Plain, Kind, arrow, other2, table.entry]'

it('takes out the names that functions and classes have anyway, and no other', () => {
  const lean = dropNeedlessNames(code)
  expect(lean.match(/__name\(.*"(\w+)"\)/g)).toHaveLength(3)
  const all = new Function(`${head}${lean}${end}`)() as ((x?: number) => unknown)[]
  expect(all.map(({ name }) => name)).toEqual(['plain', 'plain', 'Plain', 'Kind', 'arrow', 'other', 'entry'])
  expect([all[4]!(1), all[5]!(1), all[6]!()]).toEqual([2, 3, 3])
})
