import type { Recipe } from './recipe.ts'

/** A folder that is one Go module. No `apt`: Debian 12's Go is 1.19, which can't read the go.mod files of today's libraries. */
export const goRecipe = (folder: string): Recipe => ({
  folder,
  needs: [{ program: 'go', remedy: 'https://go.dev/dl/ (1.21 or newer)' }],
  steps: [['go', 'build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', '{build}/program', '.']],
  run: ['{build}/program'],
})
