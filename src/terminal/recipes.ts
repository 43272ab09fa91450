import type { Plugin } from '../model/plugin.ts'
import { madeName, type Recipe } from '../peers/recipes/recipe.ts'
import { unknownName } from './exit.ts'
import { theCatalog } from './project.ts'

/** Every recipe once, in the order of their names. */
export function allRecipes(): readonly Recipe[] {
  const kinds = new Map(kindsWithRecipe().map(byFolder))
  return [...kinds.values()].sort((a, b) => (madeName(a) < madeName(b) ? -1 : 1))
}

const byFolder = ({ recipe }: { recipe: Recipe }): [string, Recipe] => [madeName(recipe), recipe]

/** By the name of client or broker, or of its folder. Complains of one that is none. */
export function recipesNamed(names: readonly string[]): readonly Recipe[] {
  const all = allRecipes()
  if (names.length === 0) return all
  const kinds = kindsWithRecipe()
  const found = names.map(name => {
    const recipe = kinds.find(kind => kind.name === name)?.recipe ?? all.find(each => madeName(each) === name)
    if (recipe) return recipe
    throw unknownName('peers', name, [...new Set([...all.map(madeName), ...kinds.map(kind => kind.name)])])
  })
  return [...new Map(found.map(recipe => byFolder({ recipe }))).values()]
}

function kindsWithRecipe() {
  const { clients, brokers } = theCatalog()
  return [...withRecipe(clients.values()), ...withRecipe(brokers.values())]
}

const withRecipe = (kinds: Iterable<Plugin & { readonly recipe?: Recipe }>) =>
  [...kinds].flatMap(({ name, recipe }) =>
    recipe ? [recipe, ...(recipe.faster ? [recipe.faster] : [])].map(each => ({ name, recipe: each })) : [],
  )
