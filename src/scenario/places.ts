/**
 * Where the parts of what a module exports stand in its text. A plug-in for the compiler of modules (Babel, within jiti) has each map
 * and each list that is written out marked with the places of its parts, as they are in TypeScript; so they are known whatever the
 * program does with them, and a spread (`{ ...base, until: '6s' }`) takes them along.
 */
export type Spot = readonly [file: string, line: number, column: number]

/** Of a part: of its key, which in a list is its value's, and of its value. */
export interface SourcePart {
  readonly key: Spot
  readonly value: Spot
}

type Parts = { [name: string]: SourcePart }

/** An enumerable symbol: a spread copies it, and neither JSON nor `Object.entries` sees it. */
const PLACES = Symbol.for('halfopen.places')
const MARK = '__halfopenPlaces'

/** Makes what marked code calls. Before any module runs. */
export function installPlaces(): void {
  // Taken now, since a module may change what JavaScript is made of.
  const { defineProperty, create } = Object
  const mark = (value: object, file: string, places: readonly (readonly [string, ...number[]])[]) => {
    const parts: Parts = create(null)
    const copied: Parts = Reflect.get(value, PLACES) ?? {}
    for (const name in copied) parts[name] = copied[name] as SourcePart
    for (let i = 0; i < places.length; i++) {
      const [name = '', a = 1, b = 1, c = 1, d = 1] = places[i] ?? []
      parts[name as string] = { key: [file, a, b], value: [file, c, d] }
    }
    return defineProperty(value, PLACES, { value: parts, enumerable: true, configurable: true, writable: true })
  }
  defineProperty(globalThis, MARK, { value: mark })
}

/** Of a map or a list: where its parts stand, by name or index; nothing where that is not known. */
export const partsOf = (value: object): Readonly<Parts> => (Reflect.get(value, PLACES) as Parts | undefined) ?? {}

/** The parts of Babel's tree and builders that are used here. */
interface Place {
  readonly line: number
  readonly column: number
}
interface Node {
  readonly type: string
  readonly loc?: { readonly start: Place } | null
  readonly [field: string]: unknown
}
interface Types {
  callExpression(callee: Node, args: readonly Node[]): Node
  identifier(name: string): Node
  stringLiteral(text: string): Node
  numericLiteral(value: number): Node
  arrayExpression(elements: readonly Node[]): Node
}
interface NodePath {
  readonly node: Node
  replaceWith(node: Node): void
}
interface State {
  readonly file: { readonly opts: { readonly sourceFileName?: string } }
}

/** For `transformOptions.babel.plugins` of jiti, with `sourceMaps`, which is what tells Babel the name of the file. */
export function placesPlugin({ types: t }: { readonly types: Types }) {
  const done = new WeakSet<Node>()
  const marked = (path: NodePath, { file }: State, places: readonly (readonly [string, Place, Place])[]) => {
    const { node } = path
    const name = file.opts.sourceFileName
    // Without a place in the text it was made by the compiler.
    if (done.has(node) || !node.loc || name === undefined || name.includes('/node_modules/') || places.length === 0)
      return
    done.add(node)
    const listed = places.map(([part, key, value]) =>
      t.arrayExpression([
        t.stringLiteral(part),
        ...[key, value].flatMap(({ line, column }) => [t.numericLiteral(line), t.numericLiteral(column + 1)]),
      ]),
    )
    path.replaceWith(t.callExpression(t.identifier(MARK), [node, t.stringLiteral(name), t.arrayExpression(listed)]))
  }
  return {
    visitor: {
      ObjectExpression(path: NodePath, state: State) {
        marked(path, state, (path.node.properties as readonly Node[]).flatMap(propertyPlace))
      },
      ArrayExpression(path: NodePath, state: State) {
        const elements = path.node.elements as readonly (Node | null)[]
        // Behind a spread the indexes are not to be known.
        const spread = elements.findIndex(each => each?.type === 'SpreadElement')
        const known = spread === -1 ? elements : elements.slice(0, spread)
        marked(
          path,
          state,
          known.flatMap((each, index) => (each?.loc ? [[String(index), each.loc.start, each.loc.start] as const] : [])),
        )
      },
    },
  }
}

/** Of a key that is written out; a method stands where its key does. */
function propertyPlace({ key, value, computed }: Node): readonly (readonly [string, Place, Place])[] {
  const { name, value: text, loc } = (key ?? {}) as Partial<Node> & { name?: string; value?: string | number }
  const written = name ?? text
  if (computed || written === undefined || !loc) return []
  const at = (value as Node | undefined)?.loc?.start ?? loc.start
  return [[String(written), loc.start, at]]
}
