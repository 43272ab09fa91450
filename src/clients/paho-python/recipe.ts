import { z } from 'zod'
import type { Recipe } from '../../peers/recipe.ts'
import { reconnect } from '../driver/options.ts'

export const pahoPythonOptions = z.strictObject({
  callback_api: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe(
      'version of its callback API: on_disconnect tells a keep-alive failure as 16 (1) or as reason code 141 (2)',
    ),
  reconnect,
})
export type PahoPythonOptions = z.infer<typeof pahoPythonOptions>

/** The same program around the version that the folder's requirements.txt pins, by its hash. */
export const pahoPythonRecipe = (folder: 'paho-python' | 'paho-python-2.2'): Recipe => ({
  folder,
  ...(folder === 'paho-python' ? {} : { with: ['paho-python'] }),
  needs: [
    { program: 'python3', apt: 'python3', remedy: 'https://www.python.org/downloads/' },
    // Debian's comes without what makes a virtual environment.
    { test: ['python3', '-c', 'import venv, ensurepip'], apt: 'python3-venv', remedy: 'apt-get install python3-venv' },
  ],
  steps: [
    ['python3', '-m', 'venv', '{build}'],
    ['{build}/bin/python', '-m', 'pip', 'install', '--quiet', '--require-hashes', '--requirement', 'requirements.txt'],
    ['cp', '../paho-python/driver.py', '{build}/driver.py'],
  ],
  run: ['{build}/bin/python', '{build}/driver.py'],
})
