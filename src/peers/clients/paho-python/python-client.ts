import { z } from 'zod'
import { pythonRecipe, type Recipe } from '../../recipes/recipe.ts'
import { common } from '../driver/start-driver.ts'

export const pahoPythonOptions = z.strictObject({
  callback_api: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe(
      'version of its callback API: on_disconnect tells a keep-alive failure as 16 (1) or as reason code 141 (2)',
    ),
  ...common,
})
export type PahoPythonOptions = z.infer<typeof pahoPythonOptions>

/** The same program around the version that the folder's requirements.txt pins, by its hash. */
export const pahoPythonRecipe = (folder: 'paho-python' | 'paho-python-2.2'): Recipe => ({
  ...pythonRecipe(folder, '../paho-python/driver.py'),
  ...(folder === 'paho-python' ? {} : { with: ['paho-python'] }),
})
