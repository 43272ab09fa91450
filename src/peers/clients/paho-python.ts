import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'
import { type PahoPythonOptions, pahoPythonOptions, pahoPythonRecipe } from './paho-python/python-client.ts'

/** The one of the two that most people have. It does not honour Server Keep Alive (#905). */
export const pahoPython: ClientKind<PahoPythonOptions> = driver({
  name: 'paho-python',
  summary: 'Paho Python 2.1.0; `callback_api: 1` for the older of its two callback APIs',
  recipe: pahoPythonRecipe('paho-python'),
  options: pahoPythonOptions,
  args: ({ callback_api }) => ['--callback-api', String(callback_api)],
})
