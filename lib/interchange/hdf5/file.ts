import { FileView } from '../read/view.js'
import { type Attributes, readAttribute } from './attributes.js'
import { type Dataset, readDataset } from './dataset.js'
import { type Message, messageTypes, readMessages } from './messages.js'

/** Entries of a group, at most: more are assumed to be a loop or a mistake. */
const mostEntries = 1_000_000

/** How many times larger than the file its numbers may be, as float32: a byte becomes four. */
const mostGrowth = 8

/** A group of an HDF5 file: its members by name, and its attributes. */
export interface Group {
  readonly kind: 'group'
  readonly attributes: Attributes
  readonly members: ReadonlyMap<string, number>
}

/**
 * An HDF5 file as h5py writes it by default, which Keras does: superblocks of versions 0 and 1, groups by symbol tables,
 * contiguous and compact datasets of numbers, attributes of numbers and strings. The bytes are untrusted: no address is read
 * twice on one path, and nothing past the end.
 *
 * Source: HDF5 File Format Specification 1.1 and 2.0, The HDF Group.
 */
export class Hdf5File {
  readonly #view: FileView
  readonly #root: number
  /** Groups that were read, by the address of their header. */
  readonly #groups = new Map<number, Group>()
  #bytesRead = 0

  /** @throws FormatError that names the file and the problem. */
  constructor(bytes: Uint8Array, name: string) {
    this.#view = new FileView(bytes, name, 'an HDF5 file')
    this.#view.signature(0, '\x89HDF\r\n\x1a\n')
    const version = this.#view.u8(8)
    if (version > 1) {
      throw this.#view.fail('a superblock of version 0 or 1, as h5py writes by default', `version ${version}`)
    }
    const sizes = [this.#view.u8(13), this.#view.u8(14)]
    if (`${sizes}` !== '8,8') throw this.#view.fail('addresses and lengths of 8 bytes', `${sizes}`)
    const addresses = version === 0 ? 24 : 28
    if (this.#view.u64(addresses) !== 0) throw this.#view.fail('an HDF5 file without a prefix', 'a base address')
    this.#root = this.#view.u64(addresses + 4 * 8 + 8)
  }

  /**
   * The group or dataset at a path, such as `layers/dense/vars/0`; undefined if there is none.
   * @throws FormatError for contents that cannot be read.
   */
  get(path: string): Group | Dataset | undefined {
    let at = this.#root
    for (const name of path.split('/').filter((part) => part !== '')) {
      const object = this.#object(at, path)
      const next = object.kind === 'group' ? object.members.get(name) : undefined
      if (next === undefined) return undefined
      at = next
    }
    return this.#object(at, path)
  }

  /** The error for numbers that are not in the file. */
  missing(path: string) {
    return this.#view.fail(`the numbers ${JSON.stringify(path)}`, 'none')
  }

  #object(at: number, path: string): Group | Dataset {
    const known = this.#groups.get(at)
    if (known) return known
    const messages = readMessages(this.#view, at)
    const table = messages.find(({ type }) => type === messageTypes.symbolTable)
    if (!table) return this.#counted(readDataset(this.#view, messages, path))
    const group: Group = { kind: 'group', attributes: this.#attributes(messages), members: this.#members(table) }
    this.#groups.set(at, group)
    return group
  }

  /** A dataset whose numbers count: many names of one dataset must not fill the memory. */
  #counted(dataset: Dataset): Dataset {
    const { kind, shape } = dataset
    const read = () => {
      const data = dataset.read()
      this.#bytesRead += data.byteLength
      const most = mostGrowth * this.#view.length
      if (this.#bytesRead > most) throw this.#view.fail(`at most ${most} bytes of numbers in all`, 'more')
      return data
    }
    return { kind, shape, read }
  }

  #attributes(messages: readonly Message[]): Attributes {
    const own = messages.filter(({ type }) => type === messageTypes.attribute)
    return new Map(own.map((message) => readAttribute(this.#view, message)))
  }

  /** The object headers of a group's members, by name. */
  #members({ at }: Message): Map<string, number> {
    const view = this.#view
    const heap = view.u64(at + 8)
    view.signature(heap, 'HEAP')
    const [size, names] = [view.u64(heap + 8), view.u64(heap + 24)]
    view.check(names, size)
    const members = new Map<string, number>()
    const visited = new Set<number>()
    const visit = (node: number): void => {
      if (visited.has(node)) throw view.fail('a tree of groups without loops', `one at byte ${node}`)
      visited.add(node)
      if (Buffer.from(view.slice(node, 4)).toString('latin1') === 'SNOD') {
        this.#symbols(node, names, size, members)
        return
      }
      view.signature(node, 'TREE')
      const [type, level, count] = [view.u8(node + 4), view.u8(node + 5), view.u16(node + 6)]
      if (type !== 0) throw view.fail(`the tree of a group at byte ${node}`, `one of type ${type}`)
      if (level > 32) throw view.fail('a tree of at most 32 levels', `${level}`)
      for (let k = 0; k < count; k++) visit(view.u64(node + 24 + 8 + k * 16))
    }
    visit(view.u64(at))
    return members
  }

  #symbols(node: number, names: number, size: number, members: Map<string, number>): void {
    const view = this.#view
    const count = view.u16(node + 6)
    for (let k = 0; k < count; k++) {
      const entry = node + 8 + 40 * k
      const offset = view.u64(entry)
      if (offset >= size) throw view.fail(`the name of a member below byte ${size} of its heap`, `byte ${offset}`)
      const heap = view.slice(names + offset, size - offset)
      const end = heap.indexOf(0)
      if (end < 0) throw view.fail('a name that ends in its heap', 'one that does not')
      if (view.u32(entry + 16) === 2) continue // a symbolic link
      members.set(view.text(heap.subarray(0, end), 'the name of a member'), view.u64(entry + 8))
      if (members.size > mostEntries) throw view.fail(`at most ${mostEntries} members of a group`, 'more')
    }
  }
}
