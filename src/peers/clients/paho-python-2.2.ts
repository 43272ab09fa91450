import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'
import { type PahoPythonOptions, pahoPythonOptions, pahoPythonRecipe } from './paho-python/python-client.ts'

/** The first release that uses the broker's Server Keep Alive instead of its own (PR #941). */
export const pahoPython22: ClientKind<PahoPythonOptions> = driver({
  name: 'paho-python-2.2',
  summary: 'Paho Python 2.2.0, which honours Server Keep Alive; options as of paho-python',
  recipe: pahoPythonRecipe('paho-python-2.2'),
  options: pahoPythonOptions,
  args: ({ callback_api }) => ['--callback-api', String(callback_api)],
})
