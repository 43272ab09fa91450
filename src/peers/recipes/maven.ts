import type { Recipe } from './recipe.ts'

/** For a quick start on a busy machine rather than for speed later. */
const SMALL_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx64m'] as const

/** A folder that is one Maven module, whose pom.xml has `made` for its build folder; `main` is the class with its main. */
export const mavenRecipe = (folder: string, main = 'Driver'): Recipe => ({
  folder,
  needs: [
    { program: 'javac', apt: 'openjdk-17-jdk-headless', remedy: 'https://adoptium.net (17 or newer)' },
    { program: 'mvn', apt: 'maven', remedy: 'https://maven.apache.org/download.cgi' },
  ],
  steps: [['mvn', '-q', '-B', '-Dstyle.color=never', '-Dmade={build}', 'compile', 'dependency:copy-dependencies']],
  run: ['java', ...SMALL_JVM, '-cp', '{build}/classes:{build}/lib/*', main],
})
