/** The plug-in of this name that a module exports. Throws where there is none. */
export async function resident<P extends { readonly name: string }>(module: string, name: string): Promise<P> {
  const exported = Object.values((await import(/* @vite-ignore */ module)) as Readonly<{ [key: string]: unknown }>)
  const found = exported.find(
    value => typeof value === 'object' && value !== null && Reflect.get(value, 'name') === name,
  )
  if (!found) throw new Error(`${module} exports no plug-in called ${name}`)
  return found as P
}
