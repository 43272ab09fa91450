import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../text/write-files.ts'

/** Where evidence goes that nobody has named a folder for. */
export const HOME = '.halfopen'

/** Makes the folder where it is missing, and keeps git away from all that comes into it. Rejects as the file system does. */
export async function keepFromGit(home: string): Promise<void> {
  await makeFolder(home)
  await writeFile(join(home, '.gitignore'), '*\n')
}
