import type { Recipe } from './recipe.ts'

/** A folder with a requirements.txt, whose every line pins a version and its hashes. `program` as its steps find it. */
export const pythonRecipe = (folder: string, program: string): Recipe => {
  const file = program.replace(/^.*\//, '')
  return {
    folder,
    needs: [
      { program: 'python3', apt: 'python3', remedy: 'https://www.python.org/downloads/' },
      // Debian's comes without what makes a virtual environment.
      {
        test: ['python3', '-c', 'import venv, ensurepip'],
        apt: 'python3-venv',
        remedy: 'apt-get install python3-venv',
      },
    ],
    steps: [
      ['python3', '-m', 'venv', '{build}'],
      [
        '{build}/bin/python',
        '-m',
        'pip',
        'install',
        '--quiet',
        '--require-hashes',
        '--requirement',
        'requirements.txt',
      ],
      ['cp', program, `{build}/${file}`],
    ],
    run: ['{build}/bin/python', `{build}/${file}`],
  }
}
