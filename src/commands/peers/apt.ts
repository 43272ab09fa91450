import { execa } from 'execa'
import which from 'which'
import { missingNeeds } from '../../peers/recipes/needs.ts'
import type { Recipe } from '../../peers/recipes/recipe.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { say } from '../../terminal/say.ts'

/** The Debian packages that have what the recipes lack here. */
export async function missingPackages(recipes: readonly Recipe[]): Promise<readonly string[]> {
  const needs = (await Promise.all(recipes.map(missingNeeds))).flat()
  // Without pkg-config no library is known, also where it is there.
  const asks = needs.some(({ library }) => library !== undefined)
  const tools = asks && (await which('pkg-config', { nothrow: true })) === null ? ['pkg-config'] : []
  return [...new Set([...needs.flatMap(({ apt }) => apt ?? []), ...tools])].sort()
}

/** Installs them, as root or by sudo without a password. Complains where that can't be. */
export async function installPackages(packages: readonly string[], signal: AbortSignal): Promise<void> {
  if (packages.length === 0) return
  if ((await which('apt-get', { nothrow: true })) === null)
    throw new Complaint('error: --apt: there is no apt-get here; it is for Debian and its like', EXIT.usage)
  say(`apt-get install ${packages.join(' ')}\n`)
  await aptGet(['update', '-qq'], signal)
  await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages], signal)
}

/** A dozen packages over a slow line. */
const LIMIT_MS = 30 * 60_000

async function aptGet(args: readonly string[], signal: AbortSignal): Promise<void> {
  const root = process.getuid?.() === 0
  const [file, ...rest] = root ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args]
  const { failed, all, shortMessage } = await execa(file ?? 'apt-get', rest, {
    all: true,
    stdin: 'ignore',
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    reject: false,
    cancelSignal: signal,
    timeout: LIMIT_MS,
  })
  if (!failed || signal.aborted) return
  const last = all.trimEnd().split('\n').slice(-5).join('\n  ')
  throw new Complaint(`error: ${shortMessage ?? 'apt-get failed'}\n  ${last}`, EXIT.inconclusive)
}
